import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { aptSourcesFor } from './debian-sources.ts';

let etc: string;
beforeEach(() => {
  etc = mkdtempSync(join(tmpdir(), 'aorta-apt-'));
  mkdirSync(join(etc, 'sources.list.d'));
});
afterEach(() => rmSync(etc, { recursive: true }));

test('deb822 stanzas keep mirror and key, and change their suites', () => {
  writeFileSync(
    join(etc, 'sources.list.d/debian.sources'),
    '# ours\nTypes: deb\nURIs: http://mirror.example/debian\nSuites: bookworm bookworm-updates\nComponents: main\nSigned-By: /k.gpg\n\n' +
      'Types: deb\nURIs: http://mirror.example/security\nSuites: bookworm-security\nComponents: main\n\n' +
      'Types: deb\nURIs: http://vendor.example/\nSuites: stable\nComponents: main\n',
  );
  const [file, ...more] = aptSourcesFor('bookworm', 'trixie', etc);
  expect(more).toEqual([]);
  expect(file?.name).toMatch(/\.sources$/);
  expect(file?.text).toBe(
    'Types: deb\nURIs: http://mirror.example/debian\nSuites: trixie trixie-updates\nComponents: main\nSigned-By: /k.gpg\n\n' +
      'Types: deb\nURIs: http://mirror.example/security\nSuites: trixie-security\nComponents: main\n',
  );
});

test('one-line sources too', () => {
  writeFileSync(
    join(etc, 'sources.list'),
    'deb http://mirror.example/debian bookworm main\ndeb [arch=amd64] http://vendor.example stable main\n',
  );
  expect(aptSourcesFor('bookworm', 'trixie', etc)).toEqual([
    { name: expect.stringMatching(/\.list$/), text: 'deb http://mirror.example/debian trixie main\n' },
  ]);
});

test('no Debian source is an error, not an empty answer', () => {
  expect(() => aptSourcesFor('bookworm', 'trixie', etc)).toThrow('no package source');
});
