import type { FileIr, PeersIr } from '../ir/haproxy.ts';
import { Bug } from '../kernel/bug.ts';
import { byCodeUnits } from '../kernel/order.ts';
import type { Configuration } from '../model/configuration.ts';
import type { NodeFacts } from '../model/node.ts';
import { peerAuthorityFile, peerCertificateFile } from './names.ts';

/** How the nodes of a pair hand each other their tables, and the files for it. */
export interface CompiledPeers {
  readonly peers: PeersIr;
  readonly files: readonly FileIr[];
}

/** @returns undefined when there is no pair, or this machine has no keys by which it could show that it is one of it */
export function compilePeers({ ha }: Configuration, { node, sharing }: NodeFacts): CompiledPeers | undefined {
  if (ha === undefined || node === undefined || sharing === undefined) return undefined;
  const own = ha.nodes.find(({ name }) => name === node.name);
  if (own === undefined) throw new Bug('this node passed validation but is none of the pair');
  const [certificateFile, authorityFile] = [peerCertificateFile(own.name), peerAuthorityFile];
  return {
    peers: {
      name: own.name,
      address: own.pairAddress,
      port: ha.peersPort,
      certificateFile,
      authorityFile,
      others: ha.nodes
        .filter((one) => one !== own)
        .map(({ name, pairAddress }) => ({ name, address: pairAddress }))
        .sort((a, b) => byCodeUnits(a.name, b.name)),
    },
    files: [
      {
        kind: 'certificate',
        path: certificateFile,
        origin: ha.path,
        chain: [sharing.certificate],
        key: sharing.key,
      },
      { kind: 'authority', path: authorityFile, origin: ha.path, certificates: [sharing.authority] },
    ],
  };
}
