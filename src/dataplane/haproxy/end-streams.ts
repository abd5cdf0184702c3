import { exchange } from './exchange.ts';

/** In milliseconds. */
const timeLimit = 1_000;

/** So many fit into a buffer of the master. */
const batch = 100;

/**
 * Ends what a worker that leaves has under way to a server. Such a worker refuses `shutdown sessions server` ("Proxy is
 * disabled", measured with 2.6 and 3.0), but not to end streams one by one. One that does not answer has ended, or is
 * beyond help.
 */
export async function endStreams(
  masterSocket: string,
  pid: number,
  backend: string,
  server: string,
): Promise<void> {
  const streams = await streamsOf(masterSocket, pid, backend, server);
  for (let from = 0; from < streams.length; from += batch) {
    const words = streams.slice(from, from + batch).map((stream) => `@!${pid} shutdown session ${stream}`);
    await exchange(masterSocket, `${words.join(';')}\n`, timeLimit);
  }
}

/** What a worker has under way to a server; nothing when it does not answer. */
export async function streamsOf(
  masterSocket: string,
  pid: number,
  backend: string,
  server: string,
): Promise<readonly string[]> {
  const shown = await exchange(masterSocket, `@!${pid} show sess\n`, timeLimit);
  return shown.kind === 'answer' ? streamsTo(shown.bytes.toString(), backend, server) : [];
}

/** The streams of `show sess` that are given to a server, whether they are connected yet or not. */
export function streamsTo(text: string, backend: string, server: string): string[] {
  const place = ` be=${backend} srv=${server} `;
  return text.split('\n').flatMap((line) => {
    const stream = /^(0x[0-9a-f]+): proto=/.exec(line)?.[1];
    return stream !== undefined && line.includes(place) ? [stream] : [];
  });
}
