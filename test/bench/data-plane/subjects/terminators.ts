import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type Place, ports } from '../place.ts';
import { type Command, configured, type Subject } from '../subject.ts';
import { behind, haproxyBehind } from './hand.ts';

/** stunnel before HAProxy. */
export const stunnel: Subject = {
  name: 'stunnel → HAProxy',
  doors: ['offload', 'rsa', 'bridging'],
  http2: false,
  writes: true,
  prepare: async (place) => [
    await haproxyBehind(place),
    { words: ['stunnel4', await configured('stunnel.conf', place)] },
  ],
};

/** hitch before HAProxy. One hitch has one place that it leads to, so there is one for each door. */
export const hitch: Subject = {
  name: 'hitch → HAProxy',
  doors: ['offload', 'rsa', 'bridging'],
  http2: false,
  writes: true,
  prepare: async (place) => {
    const commands: Command[] = [await haproxyBehind(place)];
    for (const door of ['offload', 'rsa', 'bridging'] as const) commands.push(await hitchFor(place, door));
    return commands;
  },
};

async function hitchFor(place: Place, door: keyof typeof behind): Promise<Command> {
  const file = await configured('hitch.conf', place, {
    port: String(ports[door]),
    behind: String(behind[door]),
    pem: place.certificates[door === 'rsa' ? 'rsa' : 'ecdsa'],
  });
  const own = join(place.directory, `hitch-${door}.conf`);
  await rename(file, own);
  return { words: ['hitch', `--config=${own}`] };
}
