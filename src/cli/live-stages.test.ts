import picocolors from 'picocolors';
import { expect, test } from 'vitest';
import type { Progress } from '../contract/answers.ts';
import { liveStages } from './live-stages.ts';

function shown(progress: readonly Progress[], liveColumns?: number): string {
  let text = '';
  const stages = liveStages({
    warn: (part) => {
      text += part;
    },
    colors: picocolors.createColors(false),
    ...(liveColumns === undefined ? {} : { liveColumns }),
  });
  for (const one of progress) stages.onProgress(one);
  stages.end();
  return text;
}

const change: readonly Progress[] = [
  { stage: 'validate', state: 'begun' },
  { stage: 'validate', state: 'done' },
  { stage: 'operate', state: 'begun' },
  { stage: 'operate', state: 'escalated', detail: 'a command was refused, a reload follows' },
  { stage: 'guard', state: 'begun', detail: '10s' },
  { stage: 'guard', state: 'failed', detail: 'api-1 went down' },
];

test('a pipe gets a line at the end of a stage, and at its beginning when that says something', () => {
  expect(shown(change)).toBe(
    [
      '✓ validate the declaration\n',
      '↑ send commands to HAProxy: a command was refused, a reload follows\n',
      '… watch the service: 10s\n',
      '✗ watch the service: api-1 went down\n',
    ].join(''),
  );
});

test('a terminal gets one line a stage, drawn anew in place', () => {
  expect(shown(change.slice(0, 2), 80)).toBe(
    '… validate the declaration\r\x1b[2K✓ validate the declaration\n',
  );
});

test('a line that is being drawn never wraps, because the part above could not be drawn over', () => {
  const [line = ''] = shown(
    [
      { stage: 'guard', state: 'begun', detail: 'x'.repeat(200) },
      { stage: 'guard', state: 'done' },
    ],
    40,
  ).split('\r');
  expect(line.length).toBeLessThan(40);
});

test('a stage that never ended and the next one have a line each', () => {
  expect(
    shown(
      [
        { stage: 'guard', state: 'begun' },
        { stage: 'restore', state: 'begun' },
      ],
      80,
    ),
  ).toBe('… watch the service\n… put back what ran before\n');
});
