import type { AddressMove, MoveCause, Rehearsal } from '../model/address-move.ts';
import type { NodeStatus } from '../model/status.ts';
import { ago } from './ago.ts';
import { localTime } from './local-time.ts';
import type { LastMove, Outage } from './nodes/last-move.ts';

/** The last move of each group as this node alone knows it, and the last rehearsal; a line each. @param at now */
export function moveLines({ moves = [], rehearsal }: NodeStatus, at: number): string {
  const newest = new Map<string, AddressMove>();
  for (const move of moves) if (!newest.has(move.group)) newest.set(move.group, move);
  const lines = [...newest.values()].map((move) => `last move: ${moveWords(move, at)}\n`);
  return lines.join('') + (rehearsal === undefined ? '' : `${rehearsalWords(rehearsal, at)}\n`);
}

function moveWords({ group, kind, at: when, before, cause }: AddressMove, at: number): string {
  if (before === undefined) {
    const since = `seen ${timeWords(when, at)}, when the watchdog began to look`;
    return `${group} ${kind === 'came' ? 'came here' : 'left'} unwatched; ${since}`;
  }
  const why = cause === undefined ? unknownCause(kind) : causeWords(cause, 'this node');
  return `${group} ${kind === 'came' ? 'came here' : 'left'} ${timeWords(when, at)}: ${why}`;
}

function unknownCause(kind: AddressMove['kind']): string {
  return kind === 'came'
    ? 'another node had gone silent or gave it up; that one says why'
    : 'this node does not know why';
}

/** `last move of main: lb-a -> lb-b, 2026-11-30 03:12:04 (2h ago): HAProxy of lb-a hung; no node served it for 0.36 to 0.51 s`. */
export function lastMoveWords({ group, at: when, from, to, cause, outage }: LastMove, at: number): string {
  const why = cause === undefined ? '' : `: ${causeWords(cause, from ?? '')}`;
  return `last move of ${group}: ${roadWords(from, to)}, ${timeWords(when, at)}${why}; ${outageWords(outage, from, cause)}`;
}

function roadWords(from: string | undefined, to: string): string {
  if (from === undefined) return `to ${to}, nobody says from where`;
  return from === to ? `${to} lost it and got it back` : `${from} -> ${to}`;
}

function outageWords(outage: Outage, from: string | undefined, cause: MoveCause | undefined): string {
  switch (outage.kind) {
    case 'measured': {
      const { least, most } = outage;
      const what = cause?.kind === 'unfit' ? 'no node served it' : 'no node held it';
      return `${what} for ${seconds(least)} to ${seconds(most)} s, by the watchdogs and clocks of both`;
    }
    case 'unheard':
      return `${from} had not let go of it, and was not heard: how long nobody served is not known`;
    case 'unknown':
      return 'how long nobody served is not known';
  }
}

/** @param node whose cause it is */
function causeWords(cause: MoveCause, node: string): string {
  switch (cause.kind) {
    case 'handover': {
      const by = cause.author === undefined ? '' : ` by ${cause.author}`;
      return `moved on purpose${by}${cause.reason === undefined ? '' : ` (${cause.reason})`}`;
    }
    case 'ended':
      return `Aorta was ended on ${node}`;
    case 'unfit':
      return `HAProxy of ${node} ${cause.how === 'died' ? 'died' : 'did not answer'}`;
    case 'link':
      return `${cause.interface} of ${node} had no link`;
  }
}

/** @param at now */
export function rehearsalWords(
  { at: when, author, moves, sent, failed, longestGap }: Rehearsal,
  at: number,
): string {
  const found = `${sent} requests, ${failed} failed, longest time without an answer ${longestGap} ms`;
  return `last rehearsal: ${timeWords(when, at)}, by ${author}: ${moves} moves; ${found}`;
}

function timeWords(when: number, at: number): string {
  return `${localTime(when)} (${ago(at - when)} ago)`;
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(2);
}
