// Guards that faults are not noticed: scenarios of the lab, run for real. On a developer's machine one of them, in CI three,
// each in one of its variants, and with AORTA_TEST_WHOLE=1 every variant of each three times in a row.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { verdictText } from './scenario/command.ts';
import { judge } from './scenario/judge.ts';
import { filesIn, processesIn, untilEmpty } from './scenario/room-fixture.ts';
import { runScenario } from './scenario/run.ts';
import { loadScenario, scenarioNames } from './scenario/scenario-file.ts';
import { allVariants, endVariants, ownVariant, variantWords } from './scenario/variants.ts';

const whole = process.env['AORTA_TEST_WHOLE'] === '1';
const sampled = Boolean(process.env['CI']);

/** What breaks most, and what nobody may notice: CI has no time for the rest. */
const inCi = ['kill', 'hang', 'pair/failover'];

const names = await scenarioNames();
const scenarios = await Promise.all(
  names.map(async (name) => ({ name, scenario: await loadScenario(name) })),
);

function planned() {
  if (whole) {
    return scenarios.flatMap((one) =>
      allVariants(one.scenario).flatMap((variant) =>
        (one.scenario.long ? [1] : [1, 2, 3]).map((turn) => ({ ...one, variant, turn })),
      ),
    );
  }
  if (sampled) {
    // HTTP/2 with TLS to the servers, else HTTP/1.1 with plain HTTP. Of a pair as its file has it: two balancers, clients
    // and servers that all begin TLS sessions anew are more than two cores can do.
    return scenarios
      .filter(({ name }) => inCi.includes(name))
      .map((one, index) => {
        const ends = one.scenario.pair === undefined ? endVariants(one.scenario) : [];
        return { ...one, variant: ends[index % ends.length] ?? ownVariant(one.scenario), turn: 1 };
      });
  }
  return scenarios
    .filter(({ name }) => name === 'kill')
    .map((one) => ({ ...one, variant: ownVariant(one.scenario), turn: 1 }));
}

describe('scenarios', () => {
  for (const { name, scenario, variant, turn } of planned()) {
    const timeout = scenario.warmUp + scenario.duration + 60_000;
    test(`${name}, ${variantWords(variant)}${turn > 1 ? `, turn ${turn}` : ''}`, { timeout }, async () => {
      const recording = await runScenario(scenario, variant);
      const verdict = judge(scenario, recording);
      const text = verdictText(verdict, recording);
      console.log(`${name}, ${variantWords(variant)}\n${text}`);
      expect(verdict.outcome, text).toBe('passed');
    });
  }
});

const shared = '/dev/shm';

test.each(['steady', 'pair/cable-cut --plain'])(
  'a run that is killed leaves no process and no file: %s',
  async (words) => {
    const main = join(import.meta.dirname, 'main.ts');
    const run = spawn(process.execPath, [main, 'scenario', ...words.split(' ')], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const room = `/tmp/aorta-room-${run.pid}-`;
    const before = await readdir(shared);
    try {
      let said = '';
      for await (const part of run.stdout) {
        said += String(part);
        if (said.includes('sending')) break;
      }
      expect(said).toContain('sending');
      expect((await processesIn(room)).length).toBeGreaterThan(5);
    } finally {
      const ended = once(run, 'exit');
      run.kill('SIGKILL');
      await ended;
    }
    expect(await untilEmpty(room)).toEqual([]);
    // Its directory is an empty one now: what was in it was in memory. The next run takes it away.
    expect(await filesIn(room)).toEqual([]);
    // Keys of TLS tickets are in memory, too, and not below it.
    expect((await readdir(shared)).filter((name) => !before.includes(name))).toEqual([]);
  },
);
