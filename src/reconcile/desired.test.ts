import { expect, test } from 'vitest';
import { textOf } from '../ir/rendering.ts';
import { formatDiagnostic } from '../kernel/diagnostic.ts';
import type { Name } from '../model/name.ts';
import type { NodeFacts } from '../model/node.ts';
import { runtimeNowhere } from '../model/node-fixture.ts';
import { declarationOf } from '../store/store-fixture.ts';
import { accept, desire } from './desired.ts';

// Guards: a declaration with a pair means what it means on one of its nodes, and is refused anywhere else.

const machine: NodeFacts = {
  runtime: runtimeNowhere,
};
const nodeNamed = (name: string): NodeFacts => ({
  ...machine,
  node: { name: name as Name, interface: 'front' },
});

const alone = `aorta: v1
site: St. Elsewhere
virtualServices:
  live:
    listeners:
      - { protocol: http, address: 10.20.0.10, port: 80 }
      - { protocol: http, address: 10.20.0.2, port: 8080 }
      - { protocol: http, address: 10.20.0.3, port: 8080 }
      - { protocol: http, address: 0.0.0.0, port: 8081 }
      - { protocol: http, address: 10.20.9.3, port: 8082 }
    pool:
      servers: { a: { address: 10.20.1.1, port: 80 }, b: { address: 10.20.1.2, port: 80 } }
      trustedSegment: server room
`;
const paired = `${alone}ha:
  nodes:
    lb-a: { address: 10.20.0.2 }
    lb-b: { address: 10.20.0.3, pairAddress: 10.20.9.3 }
`;

function findings(text: string, node: NodeFacts): string[] {
  const accepted = accept(declarationOf(text), 0, node);
  return accepted.ok ? [] : accepted.error.map(formatDiagnostic);
}

function desired(text: string, node: NodeFacts) {
  const accepted = accept(declarationOf(text), 0, node);
  if (!accepted.ok) throw new Error(accepted.error.map(formatDiagnostic).join('\n'));
  return desire(accepted.value, [], node);
}

test('a machine without a node file is told what to write', () => {
  expect(findings(paired, machine)).toEqual([
    'site.yaml:14:1 error node-file-missing: there is a pair, and no node file says which of its nodes this machine is (ha); write `node: NAME` and `interface: NAME` to `node.yaml` in the state directory, or name the file with `--node-file`; nodes: lb-a, lb-b',
  ]);
});

test('a machine that is none of the nodes is told which there are', () => {
  expect(findings(paired, nodeNamed('lb-c'))).toEqual([
    'site.yaml:15:3 error node-unknown: this machine is "lb-c", by its node file, and the pair has no such node (ha.nodes); correct the node file, or add the node here; nodes: lb-a, lb-b',
  ]);
});

test('a node file does not hurt where there is no pair', () => {
  expect(findings(alone, nodeNamed('lb-c'))).toEqual([]);
  const { keepalived, rendering } = desired(alone, nodeNamed('lb-c'));
  expect(keepalived).toBeUndefined();
  expect(rendering.files.map(({ path }) => path)).toEqual(['haproxy.cfg']);
});

test('each node serves the shared addresses and its own, and says so to keepalived', () => {
  const bindsOf = (name: string) =>
    desired(paired, nodeNamed(name)).ir.frontends.flatMap(({ binds }) =>
      binds.map(({ address, port }) => `${address}:${port}`),
    );
  expect(bindsOf('lb-a')).toEqual(['10.20.0.10:80', '10.20.0.2:8080', '0.0.0.0:8081']);
  expect(bindsOf('lb-b')).toEqual(['10.20.0.10:80', '10.20.0.3:8080', '0.0.0.0:8081', '10.20.9.3:8082']);
  const { rendering, configuration } = desired(paired, nodeNamed('lb-b'));
  expect(textOf(rendering, 'keepalived.conf')).toContain('router_id lb-b\n');
  // What is asked and shown of listeners is about those that this machine has.
  expect(configuration.virtualServices[0]?.listeners).toHaveLength(4);
});
