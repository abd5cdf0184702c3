// Guards that the picture shows what happened, needs nothing from elsewhere, and cannot be broken by words from outside.
import { describe, expect, test } from 'vitest';
import { expectSchema } from '../expect-schema.ts';
import { judge } from '../judge.ts';
import { held, pairWith } from '../pair-fixture.ts';
import type { Recording } from '../recording.ts';
import { recording, sample, state, steadyReads } from '../recording-fixture.ts';
import { joined, tableOf, withTable } from '../reliability.ts';
import { COLOURS } from './canvas.ts';
import { reportHtml } from './html.ts';
import { timelineSvg } from './svg.ts';
import { wellFormed } from './well-formed-fixture.ts';

const variant = { clients: 'http2', tls: 'offload', topology: 'recommended' } as const;
const page = (found: Recording, wanted: object = {}) => {
  const verdict = judge({ expect: expectSchema.parse(wanted) }, found);
  const scenario = { title: 'A server is killed', what: 'It is <killed> & comes back.' };
  return reportHtml({ name: 'kill', scenario, variant, recording: found, verdict });
};
const kill = { at: 300, done: 310, text: 'kill -9', kind: 'fault', on: ['api-1'] } as const;

describe('the time line', () => {
  test('is well-formed, for a full run, an empty one, and one with odd words', () => {
    const odd = recording({
      marks: [{ ...kill, text: 'aorta <drain> "x" & y' }],
      states: [state(0, {}, ['5 < 6 & "so on"'])],
    });
    for (const found of [recording({ marks: [kill] }), recording({ samples: [], states: [] }), odd]) {
      expect(wellFormed(timelineSvg(found))).toBe('well-formed');
    }
  });

  test('shows failures below the line, and only where there are some', () => {
    const bars = (svg: string) => svg.match(/<title>\d+ x failed write/g) ?? [];
    expect(bars(timelineSvg(recording()))).toEqual([]);
    const write = sample(300, { kind: 'create', outcome: 'failed' });
    const svg = timelineSvg(recording({ samples: [...steadyReads(), write], marks: [kill] }));
    expect(bars(svg)).toHaveLength(1);
    expect(svg).toContain(`fill="${COLOURS.failedWrite}"`);
    expect(svg).toContain('api-1: kill -9');
  });

  test('shows each state of a server, and each condition in a row of its own', () => {
    const states = [
      state(0),
      state(250, { 'api-1': 'down' }, ['api-1 is down: after 3ms.', 'api-2 is slow.']),
      state(500, { 'api-1': 'down' }, ['api-1 is down: after 7ms.', 'api-1 is slow.']),
    ];
    const svg = timelineSvg(recording({ states }));
    expect(svg.match(/<title>down<\/title>/g)).toHaveLength(1);
    expect(svg).toContain('api-1 is down: after 3ms.');
    // The same sentence with another number is the same row; another server is another row.
    expect(svg).not.toContain('after 7ms');
    expect(svg).toContain('api-2 is slow.');
    expect(svg).toContain('api-1 is slow.');
  });
});

describe('the lanes of a pair', () => {
  const pair = pairWith(...held(400, 'lb-b'), ...held(600, 'lb-a', false));
  test('show who held the addresses, and when both did', () => {
    const svg = timelineSvg(recording({ pair, marks: [kill] }));
    expect(wellFormed(svg)).toBe('well-formed');
    // lb-a alone, both, lb-b alone; each holding is of two addresses, so that some changes change nothing.
    expect(svg).toContain('Who holds the virtual addresses');
    expect(svg).toMatch(new RegExp(`fill="${COLOURS.fault}"><title>lb-b</title>`));
    expect(svg).toMatch(/fill="#3f74a8"><title>lb-b<\/title>/);
    expect(timelineSvg(recording())).not.toContain('Who holds');
  });
  test('leave the states of servers to one node', () => {
    const states = [
      { ...state(0), node: 'lb-b' },
      { ...state(250, { 'api-1': 'down' }), node: 'lb-a' },
      { ...state(260), node: 'lb-b' },
    ];
    expect(timelineSvg(recording({ pair, states }))).not.toContain('<title>down</title>');
  });
});

describe('the page', () => {
  test('needs nothing from elsewhere', () => {
    expect(page(recording())).not.toMatch(/(src|href)=|url\(|@import|<script/);
  });
  test('says the verdict, what failed, and how to run it again', () => {
    expect(page(recording())).toContain('PASSED');
    const bad = page(recording(), { answered: [{ during: ['0s', '1s'], only: ['api-2'] }] });
    expect(bad).toContain('FAILED');
    expect(bad).toContain('expected only api-2');
    expect(bad).toContain(
      'npm run lab -- scenario kill --clients http2 --tls offload --deployment recommended',
    );
    expect(bad).toContain('It is &lt;killed&gt; &amp; comes back.');
    expect(page(recording({ achieved: 0.5 }))).toContain('this run says nothing');
  });
});

describe('the table of reliability', () => {
  const found = recording({
    samples: [...steadyReads(), sample(300, { kind: 'create', outcome: 'failed' })],
  });
  const judged = (one: Recording) => judge({ expect: expectSchema.parse({ failed: { writes: 0 } }) }, one);
  const row = { name: 'kill', ofPair: false, variant, verdicts: [judged(recording()), judged(found)] };
  test('has a row for each variant with the worst number of its runs', () => {
    const [, , line] = tableOf([row]).split('\n');
    const cells = line?.split('|').map((cell) => cell.trim());
    expect(cells?.slice(1, 5)).toEqual(['`kill --clients http2 --tls offload`', '100', '0 of 100', '1000']);
    expect(cells?.slice(-3)).toEqual(['0', '1 of 2', '']);
  });
  test('keeps the rows of other variants, in order, and replaces its own', () => {
    const first = tableOf([row, { ...row, name: 'hang' }]);
    const again = tableOf([{ ...row, verdicts: [judged(recording())] }]);
    const both = joined(first, again);
    const names = both
      .split('\n')
      .slice(2)
      .map((line) => line.split(' ')[1]);
    expect(names).toEqual(['`hang', '`kill']);
    expect(both.split('\n')[3]).toContain('1 of 1');
    expect(joined('| `other heads` | x |\n| --- | --- |\n| `old` | 1 |', again)).toBe(again);
  });
  test('has a column for takeovers of a pair, also when there was none, so that its rows stay together', () => {
    expect(tableOf([row])).not.toContain('takeover');
    const marks = [{ ...kill, on: ['lb-a'] }];
    const verdict = judged(recording({ marks, pair: pairWith(...held(500, 'lb-b')) }));
    const [heads, , line] = tableOf([{ ...row, ofPair: true, verdicts: [verdict] }]).split('\n');
    const column = heads?.split('|').findIndex((cell) => cell.trim() === 'takeover') ?? -1;
    expect(line?.split('|')[column]?.trim()).toBe('205 ms');
    expect(tableOf([{ ...row, ofPair: true }])).toContain('| none ');
  });
  test('replaces the generated part of a page and nothing else', () => {
    const old =
      'before\n<!-- generated by `npm run lab -- reliability --write` -->\nold\n<!-- end of the generated part -->\nafter\n';
    const text = withTable(old, 'NEW');
    expect(text).toContain('NEW');
    expect(text).not.toContain('old');
    expect(text).toMatch(/^before\n[\s\S]*\nafter\n$/);
    expect(withTable(text, 'NEW')).toBe(text);
    expect(() => withTable('no marks', 'NEW')).toThrow('needs the lines');
  });
});
