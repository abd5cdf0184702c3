import { writeTrackFile } from '../keepalived/track-file.ts';
import type { RuntimePaths } from '../runtime-paths.ts';
import type { BirdTeller } from './bird-teller.ts';
import { Lifeline } from './lifeline.ts';
import { type Probe, startProbe } from './probe.ts';
import { Pulse } from './pulse.ts';

/**
 * All times are counted in these, in milliseconds, and not by a clock: a machine that stood still for two seconds has
 * counted one of them, so that nothing that stood still with it is taken for dead.
 */
const tick = 50;

/** A probe every 100 ms, each of which may take 250 ms. */
const ticksBetweenProbes = 2;
const ticksOfProbe = 5;

/** A new lifeline, and a look whether this watchdog is still wanted, every second. */
const ticksOfLifeline = 20;

/** Whom a watchdog tells. */
export interface Listener {
  /** @param how what was seen of HAProxy */
  readonly onChange: (fault: boolean, how: 'answers' | 'hung' | 'died') => void;
  /** With every answer. */
  readonly onAnswer: () => void;
  readonly onSecond: () => void;
  /** Who tells BIRD; absent: nobody does. */
  readonly bird?: Pick<BirdTeller, 'say' | 'repeat'>;
}

/**
 * Watches HAProxy and says to keepalived and BIRD whether it is fit to hold addresses, until it is ended.
 * @param fault what the file says now
 * @returns what ends it
 */
export function watch(
  paths: Pick<RuntimePaths, 'adminSocket' | 'identitySocket' | 'healthFile'>,
  fault: boolean,
  { onChange, onAnswer, onSecond, bird }: Listener,
): () => void {
  const pulse = new Pulse(fault);
  const waiting = new Map<Probe, number>();
  let ticks = 0;
  /** Of the last time that something was wrong. */
  let wrongAt = 0;
  /** What the file says, and what was seen last. */
  let said = fault;
  let how: Parameters<Listener['onChange']>[1] = 'answers';
  let ended = false;

  const say = (): void => {
    if (ended || pulse.fault === said) return;
    try {
      bird?.say(pulse.fault);
      writeTrackFile(paths.healthFile, pulse.fault ? '1' : '0');
    } catch {
      // There is nobody to tell; the next tick tries again.
      return;
    }
    said = pulse.fault;
    onChange(said, how);
  };
  const see = (what: typeof how, event: () => void): void => {
    event();
    how = what;
    say();
  };
  const fail = (): void => {
    wrongAt = ticks;
    see('hung', () => pulse.fail());
  };
  const die = (): void => {
    wrongAt = ticks;
    see('died', () => pulse.die());
  };
  const ask = (): void => {
    const asked = ticks;
    const probe = startProbe(paths.identitySocket, (outcome) => {
      waiting.delete(probe);
      switch (outcome) {
        case 'passed':
          onAnswer();
          // One that was asked before may have waited for the same moment as others: it says nothing about lasting.
          if (asked >= wrongAt) see('answers', () => pulse.pass());
          return;
        case 'failed':
          return fail();
        case 'refused':
          return die();
      }
    });
    waiting.set(probe, asked + ticksOfProbe);
  };
  const repeat = (): void => {
    try {
      bird?.repeat(said);
    } catch {
      // The next second tries again.
    }
  };
  const lifeline = new Lifeline(paths.adminSocket, die);

  const timer = setInterval(() => {
    ticks += 1;
    for (const [probe, until] of waiting) {
      if (ticks >= until) probe.giveUp();
    }
    say();
    if (ticks % ticksBetweenProbes === 0) ask();
    if (ticks % ticksOfLifeline !== 0) return;
    lifeline.renew();
    repeat();
    onSecond();
  }, tick);
  ask();
  return () => {
    ended = true;
    clearInterval(timer);
    lifeline.end();
    for (const probe of waiting.keys()) probe.giveUp();
  };
}
