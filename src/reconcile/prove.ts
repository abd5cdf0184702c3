import { X509Certificate } from 'node:crypto';
import type { DataPlane, ListenerPlace } from '../dataplane/port.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Configuration, ConfiguredCertificate } from '../model/configuration.ts';
import { certificateFingerprints } from './certificate-fingerprints.ts';
import type { Desired } from './desired.ts';
import { findDrift } from './drift.ts';
import type { Refusal } from './outcome.ts';

/** HAProxy shows what it was told within milliseconds; a busy machine may need seconds. */
const patience = 5_000;
const greetingLimit = 2_000;
/** Handshakes at a time. */
const atOnce = 16;

const mend = 'look at the log of HAProxy; if it shows nothing, report this as a defect of Aorta';

/**
 * Prepares the question whether a change is in force: nothing of what is desired is missing in the running HAProxy
 * that was not missing before, and every listener shows the certificates that have changed.
 * @param before what is in service; what had drifted from it by somebody else's hand does not count against the change
 * @returns asks, and gives back what is missing; nothing when all is well
 */
export async function prover(
  before: Desired | undefined,
  desired: Desired,
  parts: { readonly dataPlane: DataPlane; readonly clock: Clock },
): Promise<() => Promise<Refusal | undefined>> {
  const known = new Set(before === undefined ? [] : await missing(before, parts.dataPlane));
  const greetings = listenersToGreet(before?.configuration, desired.configuration);
  return async () => {
    const deadline = parts.clock.now() + patience;
    for (;;) {
      const [first] = (await missing(desired, parts.dataPlane)).filter((one) => !known.has(one));
      if (first === undefined) break;
      // A dead HAProxy is not waited for; see `verify`.
      const isOver = parts.clock.now() >= deadline || (await parts.dataPlane.adopt()) === undefined;
      if (isOver) return { code: 'verify-failed', what: first, mend };
      await parts.clock.sleep(20);
    }
    return await unproven(greetings, parts.dataPlane);
  };
}

/** What differs from the desired state in the running HAProxy; process and files are proven elsewhere. */
async function missing({ ir, rendering }: Desired, dataPlane: DataPlane): Promise<string[]> {
  const [runningDigest, state, loaded] = await Promise.all([
    dataPlane.identity(),
    dataPlane.runtimeState(),
    dataPlane.loaded(),
  ]);
  const findings = findDrift({
    ir,
    expectedDigest: rendering.digest,
    runningDigest,
    state,
    loaded,
    tampered: [],
    certificates: certificateFingerprints(ir),
  });
  return findings.map(({ what }) => what);
}

interface ExpectedGreeting {
  readonly listener: ListenerPlace;
  /** Absent: what is shown to clients that name no host. */
  readonly name?: string;
  readonly certificate: ConfiguredCertificate;
}

/** A handshake for each certificate that is new or has changed, on every listener that uses it. */
function listenersToGreet(before: Configuration | undefined, after: Configuration): ExpectedGreeting[] {
  const known = new Map(before?.certificates.map(({ name, material }) => [name, material.chain.join('')]));
  const changed = new Map(
    after.certificates
      .filter(({ name, material }) => known.get(name) !== material.chain.join(''))
      .map((one) => [one.name, one]),
  );
  const byName = new Map(after.certificates.map((one) => [one.name, one]));
  return after.virtualServices.flatMap(({ listeners }) =>
    listeners.flatMap((listener): ExpectedGreeting[] => {
      if (listener.protocol !== 'https') return [];
      const { address, port } = listener;
      return listener.certificates.flatMap((name, index): ExpectedGreeting[] => {
        const certificate = changed.get(name);
        if (certificate === undefined) return [];
        const place = { listener: { address, port }, certificate };
        if (index === 0) return [place];
        const others = listener.certificates
          .filter((other) => other !== name)
          .flatMap((other) => byName.get(other)?.material.facts.dnsNames ?? []);
        // With a name that others cover too, HAProxy may rightly show another one.
        const own = certificate.material.facts.dnsNames.find(
          (one) => !one.startsWith('*') && !others.some((other) => covers(other, one)),
        );
        return own === undefined ? [] : [{ ...place, name: own }];
      });
    }),
  );
}

function covers(pattern: string, name: string): boolean {
  return (
    pattern === name || (pattern.startsWith('*.') && name.split('.').slice(1).join('.') === pattern.slice(2))
  );
}

async function unproven(
  greetings: readonly ExpectedGreeting[],
  dataPlane: DataPlane,
): Promise<Refusal | undefined> {
  for (let from = 0; from < greetings.length; from += atOnce) {
    const refusals = await Promise.all(
      greetings.slice(from, from + atOnce).map((one) => greet(one, dataPlane)),
    );
    const refusal = refusals.find((one) => one !== undefined);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

async function greet(
  { listener, name, certificate }: ExpectedGreeting,
  dataPlane: DataPlane,
): Promise<Refusal | undefined> {
  const greeting = await dataPlane.greet(listener, name, greetingLimit);
  const place = `${listener.address} port ${listener.port}`;
  const about = { code: 'verify-failed', path: certificate.path, mend } as const;
  if (greeting.kind === 'failed')
    return { ...about, what: `the handshake with ${place} failed: ${greeting.what}` };
  const expected = certificate.material.chain.map(fingerprint);
  const same =
    expected.length === greeting.fingerprints.length &&
    expected.every((one, index) => one === greeting.fingerprints[index]);
  return same
    ? undefined
    : { ...about, what: `${place} does not show the certificate ${certificate.name} with its whole chain` };
}

function fingerprint(pem: string): string {
  return new X509Certificate(pem).fingerprint.replaceAll(':', '').toLowerCase();
}
