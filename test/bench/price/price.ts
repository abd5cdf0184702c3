/** What a rendered configuration costs, in numbers that do not depend on how busy the machine is. */
export interface Price {
  /** Of a GET with 2 KB, over kept connections, offload, each with another path: user instructions of HAProxy. */
  readonly readInstructions: number;
  /** Of a POST of 700 bytes, which takes the hop. */
  readonly writeInstructions: number;
  /** System calls of HAProxy for the same, and for a GET with bridging. */
  readonly readCalls: number;
  readonly writeCalls: number;
  readonly bridgingCalls: number;
  /** User instructions of `haproxy -c`. */
  readonly checkInstructions: number;
  /** Of haproxy.cfg. */
  readonly bytes: number;
}

/** Each of them for whoever reads a table. */
export const words: Readonly<Record<keyof Price, string>> = {
  readInstructions: 'user instructions of a GET, 2 KB, kept connection, new path',
  writeInstructions: 'user instructions of a POST of 700 bytes, which takes the hop',
  readCalls: 'system calls of the GET',
  writeCalls: 'system calls of the POST',
  bridgingCalls: 'system calls of a GET with bridging',
  checkInstructions: 'user instructions of `haproxy -c` of two services',
  bytes: 'bytes of haproxy.cfg of two services',
};

/** As much dearer than it was may a price be: less is what the same configuration differs by from run to run. */
export const tolerance = 1.1;

/** @returns what is dearer than it was, in words for the one who made it so; empty when nothing is */
export function dearer(now: Price, before: Price): string[] {
  const prices = Object.keys(before) as (keyof Price)[];
  return prices
    .filter((name) => !(now[name] <= before[name] * tolerance))
    .map(
      (name) =>
        `${name}: ${now[name].toFixed(1)}, was ${before[name].toFixed(1)}: ${(now[name] / before[name]).toFixed(2)} times`,
    );
}
