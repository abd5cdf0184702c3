import type { DataPlane, ListenerPlace } from '../dataplane/port.ts';
import type { Configuration, ConfiguredCertificate } from '../model/configuration.ts';
import { coversHostname } from '../pki/hostname-match.ts';
import { certificateFingerprints, fingerprint } from './certificate-fingerprints.ts';
import type { Desired } from './desired.ts';
import { findDrift } from './drift.ts';
import type { Observation } from './observation.ts';
import type { Refusal } from './outcome.ts';
import type { Proof } from './verify.ts';

const greetingLimit = 2_000;
/** Handshakes at a time. */
const atOnce = 16;

const mend = 'look at the log of HAProxy; if it shows nothing, report this as a defect of Aorta';

/**
 * Prepares the proof that a change is in force: nothing of what is desired is missing in the running HAProxy that was
 * not missing before, and every listener shows the certificates that have changed.
 * @param before what is in service, and what HAProxy says of it: what had drifted from it by somebody else's hand does
 * not count against the change
 */
export function proofOf(
  before: { readonly desired: Desired; readonly seen: Observation } | undefined,
  desired: Desired,
  dataPlane: DataPlane,
): Proof {
  const known = new Set(before === undefined ? [] : differencesOf(before.desired)(before.seen));
  const differences = differencesOf(desired);
  const greetings = listenersToGreet(before?.desired.configuration, desired.configuration);
  return {
    missing: (seen) => differences(seen).find((one) => !known.has(one)),
    showing: () => unproven(greetings, dataPlane),
  };
}

/** What differs from the desired state in what was seen; process and files are proven elsewhere. */
function differencesOf({ ir, rendering }: Desired): (seen: Observation) => string[] {
  const certificates = certificateFingerprints(ir);
  return ({ digest, state, loaded }) =>
    findDrift({
      ir,
      expectedDigest: rendering.digest,
      runningDigest: digest,
      state,
      loaded,
      tampered: [],
      certificates,
    }).map(({ what }) => what);
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
          (one) => !one.startsWith('*') && !coversHostname({ dnsNames: others }, one),
        );
        return own === undefined ? [] : [{ ...place, name: own }];
      });
    }),
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
