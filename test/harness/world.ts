import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { call } from '../../src/cli/client.ts';
import { runtimePaths } from '../../src/dataplane/runtime-paths.ts';
import type { ChangeRig, RigDeclaration } from './change-rig.ts';
import { askHttp, askSocket } from './haproxy.ts';

/** What a declaration says about servers, in one comparable line for each. */
export type World = readonly string[];

export function worldOf({ virtualServices }: Pick<RigDeclaration, 'virtualServices'>): World {
  return Object.entries(virtualServices)
    .flatMap(([service, { pool }]) =>
      Object.entries(pool.servers).map(
        ([name, { address, port, weight = 100 }]) =>
          `${service}.servers/${name} ${address}:${port} weight ${weight}`,
      ),
    )
    .toSorted();
}

/** Everywhere that a world can be seen. */
export interface SeenWorlds {
  readonly declared: World;
  readonly file: World;
  readonly running: World;
  /** The whole file on disk, to compare more than servers. */
  readonly cfg: string;
  /** Of the generation on disk, and what the running HAProxy answers with. */
  readonly digests: readonly [string, string | undefined];
}

export async function seenWorlds(rig: ChangeRig): Promise<SeenWorlds> {
  const { adminSocket, identitySocket } = runtimePaths(rig.state);
  const { text } = await call(rig.socket, 'configuration');
  const cfg = await readFile(join(rig.state, 'current', 'haproxy.cfg'), 'utf8');
  const manifest = JSON.parse(await readFile(join(rig.state, 'current', 'manifest.json'), 'utf8')) as {
    digest: string;
  };
  return {
    declared: worldOf(JSON.parse(text) as RigDeclaration),
    file: worldInFile(cfg),
    running: worldInState(await askSocket(adminSocket, 'show servers state\n')),
    cfg,
    digests: [manifest.digest, (await askHttp(identitySocket))?.trim()],
  };
}

function worldInFile(cfg: string): World {
  let section = '';
  const found: string[] = [];
  for (const line of cfg.split('\n')) {
    const words = line.trim().split(/\s+/);
    if (!line.startsWith(' ') && words[1] !== undefined) section = words[1];
    // The hop of writes is in every world.
    if (words[0] !== 'server' || !section.endsWith('.servers')) continue;
    found.push(`${section}/${words[1]} ${words[2]} weight ${words[words.indexOf('weight') + 1]}`);
  }
  return found.toSorted();
}

function worldInState(text: string): World {
  const lines = text.split('\n');
  const columns =
    lines
      .find((line) => line.startsWith('# '))
      ?.slice(2)
      .trim()
      .split(' ') ?? [];
  const cell = (line: string, column: string) => line.split(' ')[columns.indexOf(column)];
  return lines
    .filter((line) => /^\d+ \S+\.servers /.test(line))
    .map(
      (line) =>
        `${cell(line, 'be_name')}/${cell(line, 'srv_name')} ${cell(line, 'srv_addr')}:${cell(line, 'srv_port')} weight ${cell(line, 'srv_uweight')}`,
    )
    .toSorted();
}
