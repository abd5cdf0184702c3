import { readFile } from 'node:fs/promises';
import { Agent, request as requestHttp } from 'node:http';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { compile } from '../../src/compile/compile.ts';
import { render } from '../../src/render/render.ts';
import {
  configuration,
  httpListener,
  httpsListener,
  name,
  server,
  service,
} from '../golden/configurations.ts';
import { makeAuthority } from '../harness/certificates.ts';
import { withHaproxy } from '../harness/haproxy.ts';
import { loopbackAddress } from '../harness/loopback.ts';
import { startUpstream } from '../harness/upstream.ts';

/**
 * What the hop of writes costs: HAProxy's CPU time for a POST of 1 KB with and without it, in turns. CPU time and not
 * time, because other programs run on the machine.
 */

const apis = 'apis.stelsewhere.example';
const requests = Number(process.argv[2] ?? 6_000);
const atOnce = 16;
const body = 'x'.repeat(1_024);

const behind = await startUpstream({
  answer: (received, response) => {
    received.resume();
    received.once('end', () => response.end('fine'));
  },
});
const authority = await makeAuthority();
const { material } = await authority.issue([apis]);
const ca = authority.material.certificates[0] ?? '';
const at = { report: loopbackAddress(), close: loopbackAddress() };
type Policy = keyof typeof at;
const policies = ['close', 'report', 'close', 'report', 'close', 'report'] as const;

const services = (['report', 'close'] as const).map((unansweredWrites) =>
  service(
    unansweredWrites,
    [httpListener(at[unansweredWrites], 80), httpsListener(at[unansweredWrites], 443, 'apis')],
    {
      servers: [server('api-1', behind.address, behind.port)],
      retry: { attempts: 3, safeMethodsOn: [], budget: 20, unansweredWrites },
    },
  ),
);
const wanted = configuration(services, {
  certificates: [{ name: name('apis'), path: ['certificates', 'apis'], material }],
});

try {
  await withHaproxy(
    (node) => render(compile(wanted, node)),
    async ({ pid }) => {
      for (const [way, load] of [
        ['HTTP/1.1, plain', overHttp1],
        ['HTTP/2, TLS', overHttp2],
      ] as const) {
        await load('report', 500);
        await load('close', 500);
        const costs: Record<Policy, number[]> = { report: [], close: [] };
        for (const policy of policies) {
          const before = await cpu(pid);
          await load(policy, requests);
          costs[policy].push((((await cpu(pid)) - before) * 1_000) / requests);
        }
        const least = (policy: Policy) => Math.min(...costs[policy]);
        const words = (policy: Policy) =>
          `${policy} ${costs[policy].map((cost) => cost.toFixed(0)).join(', ')} µs`;
        console.log(
          `${way}: CPU time for a POST: ${words('close')}; ${words('report')}; ratio of the least ${(least('report') / least('close')).toFixed(2)}`,
        );
      }
    },
  );
} finally {
  await behind.close();
}

/** Of one process, in milliseconds. The kernel counts in hundredths of a second. */
async function cpu(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

async function overHttp1(policy: Policy, count: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  await inTurns(
    count,
    () =>
      new Promise((resolve, reject) => {
        const sent = requestHttp({ host: at[policy], port: 80, method: 'POST', agent }, (response) => {
          response.resume();
          response.once('end', () => (response.statusCode === 200 ? resolve() : reject(new Error('no 200'))));
        });
        sent.once('error', reject);
        sent.end(body);
      }),
  );
  agent.destroy();
}

async function overHttp2(policy: Policy, count: number): Promise<void> {
  const session: ClientHttp2Session = connectHttp2(`https://${at[policy]}:443`, { ca, servername: apis });
  await inTurns(
    count,
    () =>
      new Promise((resolve, reject) => {
        const stream = session.request({ ':method': 'POST', ':path': '/' });
        stream.once('error', (error) => reject(new Error(`${policy}: ${error.message}`)));
        stream.once('response', (headers) => {
          if (headers[':status'] !== 200) reject(new Error(`${policy}: ${headers[':status']}`));
        });
        stream.resume();
        stream.once('end', resolve);
        stream.end(body);
      }),
  );
  session.destroy();
}

async function inTurns(count: number, one: () => Promise<void>): Promise<void> {
  let begun = 0;
  const worker = async () => {
    for (; begun < count; ) {
      begun += 1;
      await one();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
