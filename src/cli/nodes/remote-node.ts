import type { RequestOptions } from 'node:https';
import { checkServerIdentity } from 'node:tls';
import type { Operation } from '../../contract/operations.ts';
import { Failure } from '../../kernel/failure.ts';
import { toAddress } from '../../model/address.ts';
import { type Endpoint, formatEndpoint } from '../../model/endpoint.ts';
import type { PairKeys } from '../../pki/pair-keys.ts';

/** A node whose controller is called over the network. */
export interface RemoteNode {
  /** As the operator calls it. */
  readonly name: string;
  readonly endpoint: Endpoint;
  /** What its certificate must cover: its name where it was called by name, else its address. */
  readonly covers: string;
  readonly keys: PairKeys;
}

/** The node did not answer to the end. */
export class NodeLost extends Failure {
  /** Whether it may have got the request: then nobody knows what became of it. */
  readonly sent: boolean;

  constructor(
    code: 'node-unreachable' | 'node-untrusted',
    what: string,
    mend: string,
    sent: boolean,
    cause: unknown,
  ) {
    super(code, what, mend, { cause });
    this.sent = sent;
  }
}

/** How a request reaches a node: TLS 1.3, only to who shows a certificate of the pair for its name. */
export function wayTo({ endpoint, covers, keys }: RemoteNode): RequestOptions {
  return {
    host: endpoint.host,
    port: endpoint.port,
    // An address is no name to ask for (RFC 6066).
    servername: toAddress(covers) === undefined ? covers : '',
    checkServerIdentity: (_host, certificate) => checkServerIdentity(covers, certificate),
    ca: keys.authority,
    cert: keys.certificate,
    key: keys.key.reveal(),
    minVersion: 'TLSv1.3',
  };
}

const answersAgain = 'see whether its controller runs, with `api` in its node file, and the network between';

/** Why a request did not come to be answered. @param sent whether the connection stood when it broke */
export function lostNode(
  { name, endpoint, covers }: RemoteNode,
  operation: Operation,
  error: NodeJS.ErrnoException,
  sent: boolean,
): NodeLost {
  const who = name.includes(':') ? name : `${name} (${formatEndpoint(endpoint)})`;
  const { code = '' } = error;
  if (sent) {
    return new NodeLost(
      'node-unreachable',
      `${who} went away before it answered to ${operation}, or does not take the certificate it was shown`,
      'see `aorta status` of it; its own output says what it refused',
      true,
      error,
    );
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const what = `what answers as ${who} shows a certificate that is not for ${covers}`;
    const mend = 'correct the address in nodes.yaml, or make its key anew with `aorta pair keys`';
    return new NodeLost('node-untrusted', what, mend, false, error);
  }
  if (aboutCertificates.test(code)) {
    const what = `what answers as ${who} shows a certificate that the authority of the pair does not vouch for now (${code})`;
    const mend = 'look at the clocks; give it and this machine keys of the same directory';
    return new NodeLost('node-untrusted', what, mend, false, error);
  }
  return new NodeLost(
    'node-unreachable',
    `${who} does not answer: ${reasons[code] ?? (code || error.message)}`,
    answersAgain,
    false,
    error,
  );
}

const aboutCertificates = /^(CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_)/;

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  EHOSTUNREACH: 'there is no way to that machine',
  ENETUNREACH: 'there is no way to that network',
  ETIMEDOUT: 'nothing came back in time',
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'its name cannot be looked up now',
  ECONNRESET: 'it ended the connection',
};
