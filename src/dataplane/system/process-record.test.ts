import { expect, test } from 'vitest';
import { sha256 } from '../../kernel/digest.ts';
import { hasRead, type ProcessRecord } from './process-record.ts';
import type { ProcessHandle } from './processes.ts';

// Guards: a process with the pid of one that died was taken for it, and its file for read.

const running = { pid: 7, startTime: 100 } as unknown as ProcessHandle;
const record: ProcessRecord = { process: running, version: '2.0.12', digest: sha256('text') };

test('the one of the record, with this text', () => {
  expect(hasRead(record, running, 'text')).toBe(true);
  expect(hasRead(record, running, 'another')).toBe(false);
  expect(hasRead({ process: running, version: '2.0.12' }, running, 'text')).toBe(false);
  const { pid } = running;
  expect(hasRead(record, { pid, startTime: 101 } as unknown as ProcessHandle, 'text')).toBe(false);
  expect(hasRead(record, undefined, 'text')).toBe(false);
  expect(hasRead(undefined, running, 'text')).toBe(false);
});

test('nobody is wanted: nothing runs, and nothing is left', () => {
  expect(hasRead(undefined, undefined, undefined)).toBe(true);
  expect(hasRead(record, undefined, undefined)).toBe(false);
  expect(hasRead(undefined, running, undefined)).toBe(false);
});
