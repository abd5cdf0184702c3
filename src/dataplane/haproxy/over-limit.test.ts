import { expect, test } from 'vitest';
import { countOverLimit } from './over-limit.ts';

test('entries are added up, whatever version wrote them', () => {
  const text = `# table: live, type: ipv6, size:102400, used:3
0x56274c86bc08: key=::ffff:192.0.2.1 use=0 exp=984 conn_cur=0 gpc0_rate(60000)=600 gpc1_rate(60000)=12
0x7f9022d57708: key=2001:db8::1 use=1 exp=990 shard=0 conn_cur=2 gpc0_rate(60000)=600 gpc1_rate(60000)=30
0x7f9022d57709: key=2001:db8::2 use=1 exp=990 shard=0 conn_cur=2 gpc0_rate(60000)=1 gpc1_rate(60000)=0
`;
  expect(countOverLimit(text)).toEqual({ requests: 42, clients: 2 });
});

test('an empty table has nobody', () => {
  const text = '# table: live, type: ipv6, size:102400, used:0\n';
  expect(countOverLimit(text)).toEqual({ requests: 0, clients: 0 });
});
