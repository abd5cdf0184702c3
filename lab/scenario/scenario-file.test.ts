// Guards that a mistake in a scenario is found before it runs, with its place, and that those we have are sound.
import { describe, expect, test } from 'vitest';
import { checkNames } from './check-names.ts';
import { ScenarioError } from './scenario-error.ts';
import { loadScenario, parseScenario, scenarioNames } from './scenario-file.ts';
import { allVariants, sampledVariants } from './variants.ts';

const good = `title: A server is killed
what: It is.
duration: 3s
timeline:
  - { at: 1s, do: kill, on: api-1 }
expect: {}
`;

describe('a mistake in a scenario', () => {
  test.each([
    ['an unknown key', 'what: It is.', 'what: It is.\nwhy: not', 's.yaml:1:1 '],
    ['no unit', 'duration: 3s', 'duration: 3', 's.yaml:3:11 duration: '],
    ['an unknown action', 'do: kill', 'do: explode', 's.yaml:5:'],
    ['an action without its machine', 'do: kill, on: api-1', 'do: kill', 's.yaml:5:5 timeline.0.on: '],
    [
      'a window that ends before it begins',
      'expect: {}',
      'expect: { answered: [{ during: [3s, 1s] }] }',
      's.yaml:6:',
    ],
    ['duplicates allowed', 'expect: {}', 'expect: { duplicates: 3 }', 's.yaml:6:9 expect: '],
    ['no YAML', 'title: A', 'title: [A', 's.yaml:'],
  ])('%s', (_, from, to, place) => {
    expect(() => parseScenario(good.replace(from, to), 's.yaml')).toThrow(ScenarioError);
    expect(() => parseScenario(good.replace(from, to), 's.yaml')).toThrow(place);
  });

  test('a machine that the topology does not have', async () => {
    const scenario = parseScenario(good.replace('api-1', 'api-9'), 's.yaml');
    await expect(checkNames(scenario, 'recommended')).rejects.toThrow(
      /recommended has no api-9; there are api-1, api-2, cache-1/,
    );
    await expect(checkNames(parseScenario(good, 's.yaml'), 'recommended')).resolves.toBeUndefined();
  });

  test('a name that nobody has', async () => {
    await expect(loadScenario('no-such-thing')).rejects.toThrow('`npm run lab -- scenarios` lists them');
  });
});

describe('the scenarios', () => {
  test('are sound, and last no longer than 35 s, but those that say so', async () => {
    const names = await scenarioNames();
    for (const name of names) {
      const scenario = await loadScenario(name);
      await checkNames(scenario, scenario.topology);
      if (!scenario.long) expect(scenario.warmUp + scenario.duration, name).toBeLessThanOrEqual(35_000);
      for (const { at } of scenario.timeline) expect(at, name).toBeLessThan(scenario.duration);
    }
    const demanded = [
      ...['kill', 'hang', 'link-cut', 'reset-after-execution', 'refuse', 'slow-10x', 'burst-5xx'],
      ...['good-health-bad-api', 'errors-503-good-health', 'certificate-expires', 'wrong-certificate'],
      ...['dns-gone', 'cache-gone-recommended', 'cache-gone-minimum', 'flapping', 'all-down-and-back'],
      ...['rolling-patch', 'overload-3x', 'connection-flood', 'half-open-clients'],
    ];
    expect(names).toEqual(expect.arrayContaining(demanded));
  });

  test('meet each pair of clients and TLS when each runs once', async () => {
    const scenarios = await Promise.all((await scenarioNames()).map(loadScenario));
    const sampled = sampledVariants(scenarios);
    expect(sampled).toHaveLength(scenarios.length);
    const pairs = new Set(sampled.map(({ variant: { clients, tls } }) => `${clients} ${tls}`));
    expect([...pairs].sort()).toEqual([
      'http1 bridging',
      'http1 offload',
      'http1-new bridging',
      'http1-new offload',
      'http2 bridging',
      'http2 offload',
    ]);
    for (const { scenario, variant } of sampled) {
      if (scenario.needsTls) expect(variant.tls).toBe('bridging');
      expect(allVariants(scenario)).toContainEqual(variant);
    }
  });
});
