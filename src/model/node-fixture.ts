import type { RuntimePaths } from './node.ts';

/** Of a machine that is never touched. */
export const runtimeNowhere: RuntimePaths = {
  adminSocket: '/run/a',
  identitySocket: '/run/i',
  peersSocket: '/run/p',
  hopSocket: '/run/h',
  serverStateFile: '/run/s',
  healthFile: '/run/health',
  groupFiles: '/run/group-',
  birdHealthFile: '/run/bird-health',
  birdWithdrawalFile: '/run/bird-withdrawal',
};
