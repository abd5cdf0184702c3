// Guards that the lab measures what keepalived does by itself: numbers that were measured before, without this lab. A node that
// loses its cable is missed for three adverts, 0.46 to 0.50 s; one that says good-bye is followed in 10 ms.
import { expect, test } from 'vitest';
import { verdictText } from '../scenario/command.ts';
import { holdersAt, takeovers } from '../scenario/holders.ts';
import { judge } from '../scenario/judge.ts';
import { runScenario } from '../scenario/run.ts';
import { parseScenario } from '../scenario/scenario-file.ts';

const TEXT = `title: What keepalived does by itself
what: A cable is pulled, and plugged in again; then keepalived of the other node ends.
tls: offload
pair: { software: plain }
load: { rate: 50, patience: 3s, mix: { read: 80, long: 20 } }
warmUp: 1s
duration: 8s
timeline:
  - { at: 1s, do: cut, on: lb-a, cable: front }
  - { at: 2.5s, do: mend, on: lb-a }
  - { at: 7s, do: kill, on: lb-b, program: keepalived, signal: SIGTERM }
expect: {}
`;

test('a pulled cable costs three adverts, a good-bye next to nothing', async () => {
  const scenario = parseScenario(TEXT, 'takeover.test.ts');
  const { clients, tls, topology } = scenario;
  const recording = await runScenario(scenario, { clients, tls, topology });
  const verdict = judge(scenario, recording);
  const text = verdictText(verdict, recording);
  console.log(text);
  const [pulled, ended, ...more] = takeovers(recording).map(({ takeover }) => takeover);
  expect(more, text).toEqual([]);
  expect(pulled?.node, text).toBe('lb-b');
  // 3 adverts less what had passed since the last one, and what a busy machine adds.
  expect(pulled?.address, text).toBeGreaterThan(350);
  expect(pulled?.address, text).toBeLessThan(1_000);
  expect(ended?.node, text).toBe('lb-a');
  expect(ended?.address, text).toBeLessThan(200);
  // Both families moved, and somebody answered by way of each.
  if (recording.pair === undefined) throw new Error('no pair');
  expect(holdersAt(recording.pair, 6_500)).toEqual(['lb-b']);
  expect(holdersAt(recording.pair, 8_000)).toEqual(['lb-a']);
  expect(pulled?.answer, text).toBeLessThan(5_000);
  expect(ended?.answer, text).toBeLessThan(5_000);
  // A write of 300 ms was under way at each move; none of them was done twice.
  expect(verdict.measures.writes.sent).toBeGreaterThan(30);
  expect(verdict.measures.twice, text).toEqual({ byBalancer: [], byClient: [] });
}, 90_000);
