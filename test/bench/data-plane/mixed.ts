import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Requests } from '../../../lab/scenario/load/requests.ts';
import { KIND_NAMES, type RequestKind } from '../../../lab/scenario/request-kinds.ts';
import { population } from './estate.ts';
import type { Target } from './loads.ts';
import { hostname } from './place.ts';
import { onCores, otherCores } from './processes.ts';

/** What the lab sends when nothing else is asked; a long request would only wait. */
const mix: Readonly<Record<RequestKind, number>> = {
  ...{ read: 40, search: 20, paging: 10, metadata: 5, create: 15, update: 5, long: 0, token: 5 },
};

/** Puts a file of ours where programs in this room look for names. @returns the file */
export async function takeHosts(room: string): Promise<string> {
  const hosts = join(room, 'hosts');
  await writeFile(hosts, '');
  await promisify(execFile)('mount', ['--bind', hosts, '/etc/hosts']);
  return hosts;
}

/** Writes a script for wrk that sends the lab's requests, in the lab's proportions. */
export async function writeMixedScript(file: string): Promise<void> {
  const requests = new Requests(population, { clientId: 'bench', clientSecret: 'synthetic' }, 1);
  requests.token = 'x'.repeat(180);
  const lines: string[] = [];
  for (let turn = 0; turn < 3; turn += 1) {
    for (const kind of KIND_NAMES) {
      for (let count = 0; count < mix[kind]; count += 1) {
        const { method, path, headers, body } = requests.make(kind);
        const fields = Object.entries({ Host: hostname, ...headers }).map(
          ([name, value]) => `[${lua(name)}]=${lua(value)}`,
        );
        const words = [lua(method), lua(path), `{${fields.join()}}`, body === undefined ? 'nil' : lua(body)];
        lines.push(`wrk.format(${words.join()})`);
      }
    }
  }
  // Kinds in turns, not one after the other: every 7th, which has no divisor in common with the number of lines.
  const mixed = lines.map((_, index) => lines[(index * 7) % lines.length]);
  await writeFile(
    file,
    `local all, turn = nil, 0
init = function() all = {\n${mixed.join(',\n')}\n} end
request = function() turn = turn % #all + 1; return all[turn] end
`,
  );
}

/** Sends them for whole seconds over kept connections. @throws Error when an answer is no 2xx */
export async function sendMixed(
  { address, port }: Target,
  { script, hosts }: { readonly script: string; readonly hosts: string },
  seconds: number,
  clients: number,
): Promise<void> {
  // wrk takes the name in TLS from the URL, and its address from nowhere else.
  await writeFile(hosts, `${address} ${hostname}\n`);
  const [program, ...words] = onCores(otherCores, [
    ...['wrk', '-t', '1', '-c', String(clients), '-d', `${seconds}s`, '-s', script],
    `https://${hostname}:${port}`,
  ]);
  const { stdout } = await promisify(execFile)(program, words);
  if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(`wrk to ${address}:${port}:\n${stdout}`);
}

function lua(text: string): string {
  return JSON.stringify(text);
}
