import { configured, type Subject } from '../subject.ts';

export const nginx: Subject = {
  name: 'nginx',
  doors: ['offload', 'rsa', 'bridging'],
  http2: true,
  writes: true,
  prepare: async (place) => [
    { words: ['nginx', '-e', 'stderr', '-p', place.directory, '-c', await configured('nginx.conf', place)] },
  ],
};

export const caddy: Subject = {
  name: 'Caddy',
  doors: ['offload', 'rsa', 'bridging'],
  http2: true,
  writes: true,
  prepare: async (place) => [
    {
      words: ['caddy', 'run', '--adapter', 'caddyfile', '--config', await configured('Caddyfile', place)],
      env: { HOME: place.directory, XDG_DATA_HOME: place.directory, XDG_CONFIG_HOME: place.directory },
    },
  ],
};
