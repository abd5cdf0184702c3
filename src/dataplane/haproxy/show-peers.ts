/** Another node, as HAProxy sees it. */
export interface PeerState {
  readonly name: string;
  readonly connected: boolean;
}

/**
 * The other nodes in `show peers`. From the line of each, in 2.6 and 3.0:
 * `  0x55d: id=lb-b(remote,active) addr=10.0.0.3:7444 ... last_status=ESTA ...`
 */
export function readPeers(text: string): PeerState[] {
  return [...text.matchAll(/\bid=(\S+)\(remote,(active|inactive)\) .*?\blast_status=(\w+)/g)].map(
    ([, name = '', session, status]) => ({
      name,
      // A status stays when the session is gone.
      connected: session === 'active' && status === 'ESTA',
    }),
  );
}
