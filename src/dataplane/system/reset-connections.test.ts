import { expect, test } from 'vitest';
import { localPorts } from './reset-connections.ts';

test('only connections of the processes that were named are found', () => {
  const text = `0      0      127.0.0.1:40956 127.77.3.2:8000 users:(("haproxy",pid=28522,fd=15))
0      0      127.0.0.1:40957 127.77.3.2:8000 users:(("node",pid=4,fd=15))
0      0      127.0.0.1:40958 127.77.3.2:8000 users:(("haproxy",pid=28522,fd=9),("other",pid=4,fd=15))
0      0      [2001:db8::1]:40959 [2001:db8::2]:8000 users:(("haproxy",pid=28523,fd=15))
0      0      127.0.0.1:40960 127.77.3.2:8000
`;
  expect(localPorts(text, new Set([28522, 28523]))).toEqual([40956, 40959]);
  expect(localPorts('', new Set([1]))).toEqual([]);
});
