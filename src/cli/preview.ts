import type { NodeFacts } from '../model/node.ts';

/** Where a configuration that is only looked at would have its sockets. `aorta up` uses those of its state directory. */
export const preview: NodeFacts = {
  runtime: {
    adminSocket: '/run/aorta/admin.sock',
    identitySocket: '/run/aorta/identity.sock',
    peersSocket: '/run/aorta/peers.sock',
    hopSocket: '/run/aorta/hop.sock',
    serverStateFile: '/run/aorta/server-state',
    healthFile: '/run/aorta/health',
    groupFiles: '/run/aorta/group-',
    // BIRD refuses a file in a directory that is not there.
    birdHealthFile: '/run/aorta-bird-health',
    birdWithdrawalFile: '/run/aorta-bird-withdrawal',
  },
  processEvents: true,
};
