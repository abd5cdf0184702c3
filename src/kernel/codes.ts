/**
 * The closed registry of what can go wrong. Every finding and every refusal carries one of these codes;
 * the reference page of the documentation is generated from it.
 */

/** Whose turn it is: the user's input, the machine's environment, the data plane, or a bug of ours. */
export type Responsibility = 'user' | 'environment' | 'dataplane' | 'bug';

export interface CodeEntry {
  readonly responsibility: Responsibility;
  /** What it means and what to do, for the reference page. Whole sentences. */
  readonly meaning: string;
}

const registry = {
  // Reading the text
  'yaml-syntax': user(
    'The file is not well-formed YAML. The finding points at the first character that does not fit.',
  ),
  'yaml-duplicate-key': user('A mapping has the same key twice; only one of the values could take effect.'),
  'yaml-alias-bomb': user('Aliases expand to far more nodes than were written. Write the values out.'),
  'yaml-feature': user(
    'A YAML feature that a declaration does not use: several documents, custom tags, keys that are not text.',
  ),
  'file-too-large': user(
    'The declaration is larger than the limit. Split it, or check that it is the right file.',
  ),
  'file-empty': user('The file holds no declaration. `aorta init` writes one to start from.'),

  // Shape
  'missing-version': user(
    '`aorta: v1` must be present: it says which language the declaration is written in.',
  ),
  'unknown-key': user(
    'A key that the model does not know. Keys are never ignored, because a typo would silently lose a setting.',
  ),
  'missing-key': user('A key that must be there is not.'),
  'wrong-type': user('The value has another type than the model expects, for example text for a number.'),
  'invalid-value': user('The value has the right type but is not one of those allowed.'),
  'invalid-name': user(
    'A name that cannot be used. Names appear in statistics, file names and commands, so they are kept to what all of these take.',
  ),
  'unknown-blueprint': user('No blueprint has this name.'),

  // Meaning
  'dangling-reference': user('A name refers to something that is not declared.'),
  'duplicate-name': user('Two things that must differ have the same name.'),
  'duplicate-server': user(
    'Two servers of one pool have the same address and port; the machine would get twice its share.',
  ),
  'overlapping-listeners': user('Two listeners would bind the same address and port.'),
  'no-service': user('The declaration has no virtual service, so nothing is served.'),
  'no-server': user(
    'A pool has no server with a weight above zero, so every request would get the sorry answer.',
  ),
  'redirect-without-target': user(
    'A redirect listener needs an https listener of the same virtual service to send clients to.',
  ),
  'check-needs-tls': user(
    'An https health check needs TLS settings to know which authority and name to verify.',
  ),
  'check-without-tls': user(
    'An http health check of a port that speaks TLS would fail for ever, and take every server out.',
  ),
  'check-too-shallow': user(
    'The health check passes for servers that cannot serve, so they come back again and again.',
  ),
  'checks-costly': user(
    'Health checks of many servers take a noticeable part of a processor, and load the servers, too.',
  ),
  'connections-costly': user(
    'Connections are closed so soon that requests must open new ones, which costs many times what a request costs.',
  ),
  'time-limits-conflict': user('Two time limits contradict each other.'),
  'not-watched': user(
    'A machine that the servers need is not watched, so nobody is told when it is down. Its port is named in `watch`; the vendor does not publish it.',
  ),
  'unused-entry': user('Something is declared and used nowhere.'),
  'single-server': user(
    'A pool of one server cannot survive the loss of that server, nor be patched without downtime.',
  ),
  'plain-to-servers': user(
    'Traffic to the servers is not encrypted. Patient data then crosses the network in clear text.',
  ),
  'verification-off': user(
    'The certificate of the servers is not verified, so anyone on the path can pretend to be a server.',
  ),

  // The pair
  'single-node': user(
    'A pair needs two nodes or more: one that holds the addresses, and one that takes them.',
  ),
  'duplicate-address': user(
    'Two of the nodes, groups, routers and gateway of a pair have the same address. A node has an address of its own, and a virtual address moves with one group.',
  ),
  'mixed-families': user(
    'The nodes of a pair speak to each other in one IP family. Their addresses and the gateway are of it, and at least one address of every group.',
  ),
  'groups-on-one-node': user(
    'Several groups of addresses, all of them with the same `preferred`: the other nodes only stand by.',
  ),
  'duplicate-router-id': user(
    'Two groups of addresses have the same virtual router id, so their adverts could not be told apart.',
  ),
  'address-in-no-group': user(
    'The address of a listener is in no group of the pair, so no node would take it over.',
  ),
  'not-with-announce': user(
    'All nodes announce all addresses at the same time (`ha.announce`), and something is said of addresses that move between them.',
  ),
  'address-not-announced': user(
    'No router has an address of the IP family of a listener, so none would be told where clients of that family go.',
  ),
  'node-file-missing': environment(
    'The declaration has a pair, and this machine does not say which of its nodes it is. A node file does: `node.yaml` in the state directory.',
  ),
  'node-unknown': environment(
    'The node file of this machine names a node that the pair of the declaration does not have.',
  ),
  'state-not-shared': environment(
    'A node of a pair does not share with the others what it knows of clients, so that after a failover clients may be led to another server, limits begin anew, and TLS sessions are not resumed.',
  ),
  'nothing-to-move': user(
    'There is a pair, and no listener has an address that could move between its nodes.',
  ),

  // Certificates
  'file-unreadable': user('A file named in the declaration cannot be read.'),
  'file-insecure': environment('A file that holds a private key or a password can be read by other users.'),
  'secret-unusable': user('The file that should hold a secret does not: its first line must be it.'),
  'certificate-unreadable': user('The file is not a certificate in PEM or PKCS#12 (PFX) form.'),
  'certificate-no-key': user('No private key was found for the certificate.'),
  'certificate-key-mismatch': user('The private key does not belong to the certificate.'),
  'certificate-several-keys': user(
    'The file holds several private keys; it is not clear which belongs to the certificate.',
  ),
  'certificate-password-wrong': user('The password does not open the key or the PFX file.'),
  'certificate-password-missing': user('The key or PFX file is encrypted and no password file is given.'),
  'certificate-expired': user('The certificate is no longer valid; clients refuse it.'),
  'certificate-expires-soon': user('The certificate stops being valid within 30 days.'),
  'certificate-not-yet-valid': user('The certificate is not valid yet; clients refuse it.'),
  'certificate-chain-incomplete': user(
    'An intermediate certificate is missing, so clients that do not fetch it themselves refuse the connection.',
  ),
  'certificate-chain-foreign': user(
    'The file holds certificates that do not belong to the chain; they are left out.',
  ),
  'certificate-host-not-covered': user('The certificate does not cover a host name that clients use.'),
  'certificate-weak-key': user(
    'The key is too short or of a kind that clients and regulators no longer accept.',
  ),
  'certificate-costly-key': user(
    'The key makes every new connection several times dearer than it needs to be.',
  ),
  'certificate-weak-signature': user(
    'The certificate is signed with an algorithm that clients no longer accept.',
  ),
  'certificate-not-for-servers': user('The certificate is not meant for TLS servers.'),
  'authority-unreadable': user('The file of certificate authorities holds no certificate.'),
  'authority-not-ca': user(
    'A certificate in the bundle is not a certificate authority, so it can verify nobody but itself.',
  ),
  'authority-expired': user('A certificate authority in the bundle is no longer valid.'),
  'authority-without-root': user(
    'An authority in the bundle is not a root, and its root is not in the bundle. HAProxy verifies up to a root only, so no server can be verified by it.',
  ),
  'authority-bundle-costly': user(
    'The bundle holds many certificates, and every server that uses it keeps a copy of all of them.',
  ),
  'not-of-the-pair': user(
    'A certificate was not issued by the authority of the pair, so nodes and operator refuse each other.',
  ),
  'keys-exist': user('There already is a key of this name. Keys are never overwritten.'),
  'keys-incomplete': user(
    'A part of the keys of a pair is missing, and cannot be made again without the rest.',
  ),

  // Staging and applying
  'check-failed': dataplane(
    'HAProxy refused the generated configuration. The running service was not touched.',
  ),
  'haproxy-missing': environment('HAProxy is not installed, or is too old.'),
  'address-taken': environment('Another program holds the address and port of a listener.'),
  'address-not-local': environment('The address of a listener does not belong to this machine.'),
  'address-not-permitted': environment(
    'The controller may not bind this port (ports below 1024 need a capability).',
  ),
  'descriptor-limit': environment(
    'The limit on open files is too low for the connections and servers declared.',
  ),
  'reload-failed': dataplane('HAProxy did not take the new configuration. The previous one is in service.'),
  'verify-failed': dataplane(
    'The running HAProxy does not answer with the new configuration. The previous one was put back.',
  ),
  'start-failed': dataplane('HAProxy did not start.'),
  'keepalived-missing': environment(
    'A pair needs keepalived and iproute2 to move its addresses. One is not installed, or keepalived is too old.',
  ),
  'keepalived-refused': dataplane(
    'The generated configuration was refused by keepalived. The running service was not touched.',
  ),
  'bird-missing': environment(
    'Addresses are announced to routers by BIRD 2, which is not installed, or is another version.',
  ),
  'bird-refused': dataplane(
    'The generated configuration was refused by BIRD. The running service was not touched.',
  ),
  'addresses-failed': dataplane(
    'Whoever carries the addresses, keepalived, BIRD or the watchdog, did not start, did not end, or did not take the new configuration. After a change, the previous one was put back.',
  ),
  'addresses-not-permitted': environment(
    'The controller may not change the addresses of this machine or how it answers ARP (CAP_NET_ADMIN is needed).',
  ),
  'no-pair': user('This machine has no addresses that move: it is no node of a pair.'),
  'node-unfit': environment(
    'A node could not hold the addresses now, or would serve worse with them. None was moved.',
  ),
  'addresses-not-taken': dataplane('No other node took the addresses. They are back where they were.'),
  'addresses-announced': user(
    'All nodes announce all addresses at the same time, so there is nothing to move from one to another.',
  ),
  'addresses-not-announced': user(
    'This node announces no addresses to routers, so there is nothing to withdraw.',
  ),
  'nftables-missing': environment(
    'Addresses are moved without a lost request with nftables, which is not installed or does not work here.',
  ),
  'operate-failed': dataplane(
    'HAProxy did not take a command on its runtime socket. The change goes on with a reload.',
  ),
  'server-unreachable': environment(
    'A server does not pass its health check from this machine now. It would get no requests until it does.',
  ),
  'pool-unreachable': environment(
    'No server of a pool passes its health check from this machine now, so the service would be down.',
  ),
  'memory-limit': environment('The memory of this machine is too small for the connections declared.'),
  'service-worse': dataplane(
    'The service got worse while the change was watched. What ran before was put back.',
  ),
  'not-confirmed': user('A change that had to be confirmed was not, so what ran before was put back.'),
  'change-interrupted': environment(
    'The controller ended in the middle of a change; it was completed or undone at the next start.',
  ),
  'certificate-older': user(
    'The certificate expires earlier than the one in service. It may be an old file that was sent again.',
  ),

  // Requests to a running controller
  'revision-changed': user('Another revision is in service than the one that the change was made for.'),
  'unknown-revision': user('There is no such revision, or it was removed because it is too old.'),
  'nothing-to-confirm': user('No change waits to be confirmed.'),
  'nothing-to-roll-back': user('There is no earlier revision to go back to.'),
  'change-pending': user('Another change waits to be confirmed; two at a time could not be told apart.'),
  'unknown-target': user('No host and no server has this name.'),
  'wider-intent': user(
    'A server is out because of an intent about more than it, such as its host, and comes back only with all of that.',
  ),
  'unknown-certificate': user('No certificate has this name.'),
  'last-server': user(
    'No healthy server would be left in a service, so its clients would get the sorry answer.',
  ),
  'bad-request': user('The request is not one that the controller takes.'),
  'not-running': environment('No controller answers for this state directory.'),
  'unknown-node': user('No node has this name: it is not in `nodes.yaml` of the keys.'),
  'node-unreachable': environment(
    'A node does not answer. Its machine or its controller is down, the network between is, or it does not take the certificate that it was shown.',
  ),
  'node-untrusted': environment(
    'What answers in the place of a node does not show a certificate of the pair for that name. Nothing was sent to it.',
  ),
  'nodes-differ': environment(
    'The nodes are in different states or of different versions, so that one change cannot be made on all of them.',
  ),
  'store-unreachable': environment(
    'The store that the nodes share does not answer: most members of etcd are down, or the network between is. Traffic, failover and drains go on; changes are refused.',
  ),
  'store-unreadable': environment(
    'A record in the store that the nodes share cannot be opened. It was sealed by another key, changed since, or written by another version.',
  ),
  'seal-key-unusable': user('The file that should hold the key of the shared store does not.'),
  'pair-refused': environment(
    'A node did not take a change, or went away before it had it, so no node has it.',
  ),
  'already-running': environment('Another controller owns this state directory.'),
  'state-unusable': environment('The state directory cannot be used.'),
  'foreign-instance': environment(
    'A process that Aorta did not start answers on the sockets of this state directory.',
  ),
  'controller-bug': {
    responsibility: 'bug',
    meaning: 'The controller did something it must never do. Traffic is not affected. Please report it.',
  },
} as const satisfies Record<string, CodeEntry>;

export type Code = keyof typeof registry;

export const codes: Readonly<Record<Code, CodeEntry>> = registry;

export function isCode(value: unknown): value is Code {
  return typeof value === 'string' && Object.hasOwn(registry, value);
}

function user(meaning: string): CodeEntry {
  return { responsibility: 'user', meaning };
}

function environment(meaning: string): CodeEntry {
  return { responsibility: 'environment', meaning };
}

function dataplane(meaning: string): CodeEntry {
  return { responsibility: 'dataplane', meaning };
}
