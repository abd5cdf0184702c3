import type { PlanAnswer, PlanSummary } from '../contract/answers.ts';
import { formatPath } from '../kernel/path.ts';
import type { Impact, Step } from '../plan/plan.ts';
import type { Colors } from './context.ts';
import { diffText } from './diff-text.ts';
import { countFindings, findingsAsJson } from './findings.ts';

/** A thousand servers that change alike are one thing to know, not a thousand. */
const mostAlike = 20;

const meanings: Readonly<Record<Impact, string>> = {
  none: 'nothing happens: what is wanted is in service',
  runtime: 'HAProxy takes it by commands while it runs',
  reload: 'a new worker of HAProxy takes over; connections under way end on the old one',
  rebind: 'a new worker of HAProxy takes over, and addresses are opened or closed',
  start: 'HAProxy is started',
};

const withoutHaproxy = 'nothing changes for HAProxy, or for any connection';

/** A plan for people: what the whole comes to, then each step with its reason and what connections feel. */
function planText({ impact, steps }: PlanSummary, colors: Colors): string {
  const meaning = impact === 'none' && steps.length > 0 ? withoutHaproxy : meanings[impact];
  const head = `${paint(impact, colors)}: ${meaning}\n`;
  const groups = Map.groupBy(steps, (step) => step.impact);
  return head + [...groups].map(([name, group]) => groupText(name, group, colors)).join('');
}

function groupText(impact: Impact, steps: readonly Step[], colors: Colors): string {
  const alike = Map.groupBy(steps, ({ why }) => why);
  const lines = [...alike.values()].flatMap((group) => [
    ...group.slice(0, mostAlike).flatMap((step) => stepLines(step, colors)),
    ...(group.length > mostAlike ? [`  and ${group.length - mostAlike} more like it`] : []),
  ]);
  const count = `${steps.length} ${steps.length === 1 ? 'step' : 'steps'}`;
  return `\n${paint(impact, colors)} (${count})\n${lines.map((line) => `${line}\n`).join('')}`;
}

function stepLines({ what, why, effect, path }: Step, colors: Colors): string[] {
  const place = path === undefined ? '' : colors.dim(` (${formatPath(path)})`);
  return [`  ${what}${place}`, colors.dim(`    ${why}; ${effect}`)];
}

function paint(impact: Impact, colors: Colors): string {
  switch (impact) {
    case 'none':
    case 'runtime':
      return colors.green(impact);
    case 'reload':
      return colors.yellow(impact);
    case 'rebind':
    case 'start':
      return colors.red(impact);
  }
}

/** A plan for programs, with stable keys. */
export function planAsJson({ impact, steps }: PlanSummary): object {
  return {
    impact,
    steps: steps.map(({ path, ...step }) => ({
      ...step,
      ...(path === undefined ? {} : { path: formatPath(path) }),
    })),
  };
}

/** What a controller answered to a plan, for people. @param diff whether to show what differs in the files */
export function planAnswerText(
  { plan, findings, declaration, haproxy, keepalived, bird = '' }: PlanAnswer,
  diff: boolean,
  colors: Colors,
): string {
  if (plan === undefined) return `${colors.red('refused')}: ${countFindings(findings)}\n`;
  const differences = diff ? [declaration, haproxy, keepalived, bird].filter((text) => text !== '') : [];
  return [planText(plan, colors), ...differences.map((text) => diffText(text, colors))].join('\n');
}

/** The same for programs. */
export function planAnswerAsJson({ plan, ...answer }: PlanAnswer): object {
  return {
    ...(plan === undefined ? {} : { plan: planAsJson(plan) }),
    ...answer,
    findings: findingsAsJson(answer.findings),
  };
}
