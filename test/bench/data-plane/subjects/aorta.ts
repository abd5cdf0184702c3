import { readFile } from 'node:fs/promises';
import { writeRendered } from '../rendered.ts';
import { configured, type Subject } from '../subject.ts';

/** HAProxy with the configuration that Aorta renders from `aorta.yaml`: all that it ships by default, and no more. */
export const aorta: Subject = aortaWith('haproxy', 'Aorta');

/** The same once more: how far the two are apart is what the machine adds. */
export const twin: Subject = { ...aorta, name: 'Aorta, once more' };

/** @param haproxy the program: that of the machine, or of the other Debian */
export function aortaWith(haproxy: string, name: string): Subject {
  return {
    name,
    doors: ['offload', 'rsa', 'bridging'],
    http2: true,
    writes: true,
    prepare: async (place) => {
      const declaration = await configured('aorta.yaml', place);
      await writeRendered(await readFile(declaration, 'utf8'), place.directory);
      return [{ words: [haproxy, '-db', '-f', 'haproxy.cfg'], cwd: place.directory }];
    },
  };
}
