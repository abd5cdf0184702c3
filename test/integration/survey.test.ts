import { expect, test } from 'vitest';
import { questionsFor, survey } from '../../src/dataplane/haproxy/survey.ts';
import { systemClock } from '../../src/dataplane/system/clock.ts';
import { withOneThread } from '../bench/one-thread.ts';

test('a survey in slices finds what one question finds, and no answer of HAProxy is long', async () => {
  await withOneThread(60, async ({ socket, outline }) => {
    const questions = questionsFor(outline);
    expect(questions.slices.length).toBeGreaterThan(2);
    const whole = await survey(socket, undefined, [], systemClock);
    const sliced = await survey(socket, questions, [], systemClock);
    expect(sliced?.workerPid).toBe(whole?.workerPid);
    const places = (found: typeof whole) =>
      found?.servers.map(({ backend, name, address, admin, weight }) => ({
        ...{ backend, name, address, admin, weight },
      }));
    expect(places(sliced)).toHaveLength(outline.servers.length);
    expect(new Set(places(sliced))).toEqual(new Set(places(whole)));
    const frontends = (found: typeof whole) =>
      found?.rows.filter((row) => row.get('svname') === 'FRONTEND').map((row) => row.get('pxname'));
    expect(new Set(frontends(sliced))).toEqual(new Set(outline.frontends));
    // One that runs something else is asked for all that it has.
    const [first] = outline.servers;
    if (first === undefined) throw new Error('no server');
    const strange = { ...outline, servers: [...outline.servers, { ...first, backend: 'nobody.servers' }] };
    expect(places(await survey(socket, questionsFor(strange), [], systemClock))).toEqual(places(whole));
  });
});
