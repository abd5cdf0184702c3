import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { type CacheChange, CacheEntries, cacheChangeSchema } from './cache-entries.ts';
import { cacheConfigSchema, readConfig } from './config.ts';
import { readJson, sendJson } from './json.ts';
import { serve } from './serve.ts';

/**
 * The Cache service: cursors, OAuth codes, tokens and the journal of writes, in memory. Peers (the minimum
 * deployment, replicated) get every change before it is answered, and a restarted cache begins with a peer's content.
 *
 * `GET /entries/{key}`, `POST /changes`, `GET /journal?after=N`, `GET /snapshot`.
 */
const PEER_TIMEOUT_MS = 500;

const config = await readConfig(cacheConfigSchema);
const entries = new CacheEntries();
/** Readers of the journal start over when this changes, because positions mean nothing across a restart. */
const epoch = randomUUID();

async function toPeers(change: CacheChange): Promise<void> {
  const body = JSON.stringify(change);
  await Promise.allSettled(
    config.peers.map((peer) =>
      fetch(`${peer}/changes`, {
        method: 'POST',
        body,
        headers: { 'x-lab-replica': config.name },
        signal: AbortSignal.timeout(PEER_TIMEOUT_MS),
      }).then((response) => response.arrayBuffer()),
    ),
  );
}

async function learnFromPeers(): Promise<void> {
  for (const peer of config.peers) {
    const snapshot = await fetch(`${peer}/snapshot`, { signal: AbortSignal.timeout(PEER_TIMEOUT_MS) })
      .then(async (response) => z.array(cacheChangeSchema).parse(await response.json()))
      .catch(() => undefined);
    if (snapshot === undefined) continue;
    for (const change of snapshot) entries.apply(change);
    return;
  }
}

await learnFromPeers();
await serve({
  ...config,
  handle: async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://cache');
    if (request.method === 'POST' && url.pathname === '/changes') {
      const change = cacheChangeSchema.parse(await readJson(request));
      entries.apply(change);
      if (request.headers['x-lab-replica'] === undefined) await toPeers(change);
      sendJson(response, 200, {});
    } else if (request.method === 'GET' && url.pathname.startsWith('/entries/')) {
      const value = entries.get(decodeURIComponent(url.pathname.slice('/entries/'.length)));
      if (value === undefined) sendJson(response, 404, {});
      else sendJson(response, 200, { value });
    } else if (request.method === 'GET' && url.pathname === '/journal') {
      // A reader that knew another epoch has to begin at the beginning.
      const after = url.searchParams.get('epoch') === epoch ? Number(url.searchParams.get('after')) : 0;
      sendJson(response, 200, { epoch, ...entries.journalAfter(after) });
    } else if (request.method === 'GET' && url.pathname === '/snapshot') {
      sendJson(response, 200, entries.snapshot());
    } else {
      sendJson(response, 404, {});
    }
  },
});
