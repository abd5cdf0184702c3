/** The kinds of request that a load is mixed of. What changes data, and a token, is a write: it must not be done twice. */
export const REQUEST_KINDS = {
  read: 'read',
  search: 'read',
  paging: 'read',
  metadata: 'read',
  create: 'write',
  update: 'write',
  long: 'write',
  token: 'write',
} as const;
export type RequestKind = keyof typeof REQUEST_KINDS;

export const KIND_NAMES = Object.keys(REQUEST_KINDS) as [RequestKind, ...RequestKind[]];
