import type { AnnouncementStatus, GroupStatus, NodeStatus, Status } from '../model/status.ts';
import { ago } from './ago.ts';
import type { Colors } from './context.ts';
import { moveLines } from './move-words.ts';
import { awayWords } from './nodes/node-words.ts';

/** What a node of a pair holds, a line for each group of addresses, and what is not as it should be. Empty without a pair. */
export function nodeLines({ node, at }: Status, colors: Colors): string {
  if (node === undefined) return '';
  const groups = node.groups.map((group) => `${colors.bold(node.name)}: ${groupWords(group, at, colors)}\n`);
  const lines = [announcementLines(node, at, colors), conditionLines(node, colors), moveLines(node, at)];
  return groups.join('') + lines.join('');
}

function announcementLines({ name, announcement }: NodeStatus, at: number, colors: Colors): string {
  if (announcement === undefined) return '';
  const { addresses, state, withdrawal, routers } = announcement;
  const to = routers.map((router) => `${router.name} ${router.session}`).join(', ');
  const by =
    withdrawal === undefined
      ? ''
      : `, by ${withdrawal.author}, ${ago(at - withdrawal.since)} ago${withdrawal.reason === undefined ? '' : `: ${withdrawal.reason}`}`;
  return `${colors.bold(name)}: ${addresses.join(', ')} to ${to}; ${paintAnnouncement(state, colors)}${by}\n`;
}

function paintAnnouncement(state: AnnouncementStatus['state'], colors: Colors): string {
  switch (state) {
    case 'announced':
      return colors.green(state);
    case 'partly':
    case 'withdrawn':
      return colors.yellow(state);
    case 'silent':
      return colors.red(state);
  }
}

function conditionLines({ name, conditions }: NodeStatus, colors: Colors): string {
  return conditions.map((condition) => `${colors.red(name)}: ${condition}\n`).join('');
}

function groupWords(
  { name, state, since, addresses, away }: GroupStatus,
  at: number,
  colors: Colors,
): string {
  const list = addresses.map(({ address }) => address).join(', ');
  const held = addresses.filter((one) => one.held).map(({ address }) => address);
  const time = since === undefined ? '' : `, for ${ago(at - since)}`;
  const words = state === 'master' ? 'holds' : 'does not hold';
  const wanted = state === 'master' ? addresses.length : 0;
  const odd = held.length === wanted ? '' : colors.red(`; on the interface: ${held.join(', ') || 'none'}`);
  const left = away === undefined ? '' : `; ${colors.yellow('left to the others')} ${awayWords(away, at)}`;
  return `${words} ${name} (${list})${time}; ${paintGroup(state, colors)}${odd}${left}`;
}

function paintGroup(state: GroupStatus['state'], colors: Colors): string {
  switch (state) {
    case 'master':
    case 'backup':
      return colors.green(state);
    case 'starting':
      return colors.yellow(state);
    case 'fault':
    case 'unknown':
      return colors.red(state);
  }
}
