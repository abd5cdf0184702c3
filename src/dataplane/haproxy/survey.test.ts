import { expect, test } from 'vitest';
import { readAnswers, surveyOf } from './survey.ts';

const processes = {
  master: { pid: 1, version: '2.6.12', reloads: 0, failed: 0 },
  workers: [{ pid: 42, version: '2.6.12', uptime: 1 }],
  leaving: [],
};
const info = 'Name: HAProxy\nPid: 42\n';
const statistics = '# pxname,svname,type\nlive,FRONTEND,0\nlive.servers,api-1,2\nlive.servers,BACKEND,1\n';
const states = '1\n# be_id be_name srv_id srv_name srv_admin_state\n';

function survey(said: { info?: string; statistics?: string; states?: string }, workers = processes.workers) {
  const texts = { info, statistics, states, ...said };
  const answers = readAnswers(texts.info, texts.statistics, texts.states);
  return answers && surveyOf(answers, { at: 7, processes: { ...processes, workers }, leaving: [] });
}

test('a survey is of the worker that answered', () => {
  expect(survey({})).toMatchObject({
    state: { at: 7, servers: [{ backend: 'live.servers', name: 'api-1' }] },
    counters: { workerPid: 42, backends: [{ name: 'live.servers' }] },
    servers: { workerPid: 42, servers: [{ server: 'api-1' }] },
    traffic: { frontends: [{ name: 'live' }] },
  });
});

test('without a pid, statistics, states or a worker there is none', () => {
  expect(survey({ info: 'Name: HAProxy\n' })).toBeUndefined();
  expect(survey({ statistics: 'Unknown command' })).toBeUndefined();
  expect(survey({ states: 'Unknown command' })).toBeUndefined();
  expect(survey({}, [])).toBeUndefined();
});
