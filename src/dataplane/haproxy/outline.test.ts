import { expect, test } from 'vitest';
import { readOutline } from './outline.ts';

test('reads limits, listeners and servers, each with its line', () => {
  const outline = readOutline(`global
  maxconn 2000
frontend live
  maxconn 10
  bind 10.0.0.1:443 name a ssl crt-list l alpn h2,http/1.1
  bind [2001:db8::1]:443 transparent
  bind :::80 v6only
  bind *:81
  bind unix@/run/x.sock mode 600
  # bind 10.0.0.9:1
backend pool
  default-server check
  server one 10.0.0.1:80 weight 3
  server two [2001:db8::2]:443 disabled
backend empty
`);
  expect(outline).toMatchObject({
    maxConnections: 2000,
    frontends: ['live'],
    binds: [
      { line: 5, address: '10.0.0.1', port: 443, transparent: false, ipv6Only: false },
      { line: 6, address: '2001:db8::1', port: 443, transparent: true },
      { line: 7, address: '::', port: 80, ipv6Only: true },
      { line: 8, address: '0.0.0.0', port: 81 },
    ],
    servers: [
      {
        line: 13,
        backend: 'pool',
        name: 'one',
        address: '10.0.0.1',
        port: 80,
        weight: 3,
        disabled: false,
        definition: 'one 10.0.0.1:80 check',
      },
      {
        line: 14,
        name: 'two',
        address: '2001:db8::2',
        port: 443,
        weight: 1,
        disabled: true,
        definition: 'two [2001:db8::2]:443 check',
      },
    ],
  });
});

test('without a limit there is none', () => {
  expect(readOutline('global\nfrontend f\n  maxconn 3\n')).not.toHaveProperty('maxConnections');
});
