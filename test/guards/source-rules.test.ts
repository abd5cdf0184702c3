import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sourceFindings } from '../../scripts/source-rules.ts';

const findings = sourceFindings(join(import.meta.dirname, 'fixtures/sources'));

test('each fixture breaks the rule it is named after, and the others none', () => {
  expect(findings.map(({ file, rule, severity }) => `${file} ${severity} ${rule}`)).toEqual([
    'scripts/file-size.ts error file-size',
    'scripts/long.ts warning file-size',
    'src/compile/no-clock.ts error no-clock',
    'src/dataplane/domain-words.ts error domain-words',
    'src/dataplane/index.ts error no-barrels',
    'src/dataplane/no-barrels.ts error no-barrels',
    'src/dataplane/no-shell.ts error no-shell',
  ]);
});
