/** Time limits for tests that wait for them hundreds of times. */
export const shortTimes = {
  request: '500ms',
  keepAlive: '250ms',
  client: '1s',
  server: '2s',
} as const;
