import { expect, test } from 'vitest';
import { composeSurvey } from './survey.ts';

const processes = {
  master: { pid: 1, version: '2.6.12', reloads: 0, failed: 0 },
  workers: [{ pid: 42, version: '2.6.12', uptime: 1 }],
  leaving: [],
};
const info = 'Name: HAProxy\nPid: 42\n';
const statistics = '# pxname,svname,type\nlive,FRONTEND,0\nlive.servers,api-1,2\nlive.servers,BACKEND,1\n';
const states = '1\n# be_id be_name srv_id srv_name srv_admin_state\n';

test('a survey is of the worker that answered', () => {
  expect(composeSurvey(7, info, statistics, states, processes, [])).toMatchObject({
    state: { at: 7, servers: [{ backend: 'live.servers', name: 'api-1' }] },
    counters: { workerPid: 42, backends: [{ name: 'live.servers' }] },
    servers: { workerPid: 42, servers: [{ server: 'api-1' }] },
  });
});

test('without a pid, statistics, states or a worker there is none', () => {
  expect(composeSurvey(7, 'Name: HAProxy\n', statistics, states, processes, [])).toBeUndefined();
  expect(composeSurvey(7, info, 'Unknown command', states, processes, [])).toBeUndefined();
  expect(composeSurvey(7, info, statistics, 'Unknown command', processes, [])).toBeUndefined();
  expect(composeSurvey(7, info, statistics, states, { ...processes, workers: [] }, [])).toBeUndefined();
});
