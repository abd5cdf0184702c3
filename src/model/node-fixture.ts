import type { RuntimePaths } from './node.ts';

/** All sockets and files of a node in one directory. */
export function runtimeIn(directory: string): RuntimePaths {
  const at = (name: string) => `${directory}/${name}`;
  return {
    adminSocket: at('admin.sock'),
    identitySocket: at('identity.sock'),
    peersSocket: at('peers.sock'),
    hopSocket: at('hop.sock'),
    serverStateFile: at('server-state'),
    healthFile: at('health'),
    groupFiles: at('group-'),
    birdHealthFile: at('bird-health'),
    birdWithdrawalFile: at('bird-withdrawal'),
  };
}

/** Of a machine that is never touched. */
export const runtimeNowhere = runtimeIn('/run/nowhere');
