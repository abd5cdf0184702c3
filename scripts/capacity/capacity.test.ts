import { expect, test } from 'vitest';
import { planFor, siteNeed, sitesPerPair } from './capacity.ts';
import { assumedCost, assumedLoad, assumedMachine } from './load.ts';

test('a site pays for its traffic where its addresses are, and for its checks everywhere', () => {
  const { traffic, checks } = siteNeed({
    ...assumedLoad,
    tls: 'offload',
    newConnections: 0,
    largeAnswers: 0,
  });
  const busier = siteNeed({
    ...assumedLoad,
    tls: 'offload',
    newConnections: 0,
    largeAnswers: 0,
    requestsPerSecond: 100,
  });
  expect(busier.traffic).toBeCloseTo(2 * traffic);
  expect(busier.checks).toBe(checks);
  expect(siteNeed({ ...assumedLoad, checkInterval: 2 }).checks).toBeCloseTo(
    siteNeed({ ...assumedLoad, checkInterval: 0.5 }).checks / 4,
  );
});

function planned(sites: number) {
  const plan = planFor(sites, assumedLoad, assumedMachine, assumedCost);
  if (plan === undefined) throw new Error('one site is too much');
  return plan;
}

test('a site that no such machine bears is not planned as if one did', () => {
  const busy = { ...assumedLoad, requestsPerSecond: 100_000 };
  expect(sitesPerPair(busy, assumedMachine)).toBe(0);
  expect(planFor(1, busy, assumedMachine, assumedCost)).toBeUndefined();
});

test.each([1, 7, 40, 250, 1_000])(
  'no machine has more than it bears, and no site is left over: %i',
  (sites) => {
    const plan = planned(sites);
    expect(plan.pairs * plan.sitesPerPair).toBeGreaterThanOrEqual(sites);
    expect((plan.pairs - 1) * sitesPerPair(assumedLoad, assumedMachine)).toBeLessThan(sites);
    expect(plan.cores).toBeLessThanOrEqual(assumedMachine.cores * assumedMachine.use);
    expect(plan.memory).toBeLessThanOrEqual(assumedMachine.memory * 1024);
  },
);

test('one declaration for all is offered only while one machine can check all servers', () => {
  const plans = [1, 20, 1_000].map((sites) => planned(sites));
  expect(plans.map(({ cluster }) => cluster?.machines !== undefined)).toEqual([true, true, false]);
});
