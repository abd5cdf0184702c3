import { percent } from '../assertion.ts';
import type { Verdict } from '../judge.ts';
import { perThousand } from '../measure.ts';
import type { Recording, Variant } from '../recording.ts';
import type { Scenario } from '../schema.ts';
import { inWords } from '../units.ts';
import { escape } from './canvas.ts';
import { timelineSvg } from './svg.ts';

export interface Reported {
  readonly name: string;
  readonly scenario: Pick<Scenario, 'title' | 'what' | 'pair'>;
  readonly variant: Variant;
  readonly recording: Recording;
  readonly verdict: Verdict;
}

const STYLE = `
:root { color-scheme: light }
body { font: 14px/1.45 system-ui, 'DejaVu Sans', sans-serif; color: #1b1f24; background: #fff; margin: 1.2rem auto; max-width: 1100px; padding: 0 1rem }
h1 { font-size: 1.35rem; margin: 0 0 .2rem } p { margin: .2rem 0 }
.verdict { display: inline-block; padding: .1rem .6rem; border: 2px solid; border-radius: .3rem; font-weight: 700; margin-right: .6rem; vertical-align: 2px; font-size: 1rem }
.passed { color: #1d6b33 } .failed { color: #b3141a } .invalid { color: #7a5200 }
.faint { color: #57606a } code { background: #f2f3f5; padding: .05rem .3rem; border-radius: .2rem }
table { border-collapse: collapse; width: 100%; margin: .8rem 0 } th { text-align: left; font-weight: 600 }
td, th { padding: .25rem .6rem .25rem 0; border-bottom: 1px solid #e3e6ea; vertical-align: top }
tr.bad td { background: #fdecec } td:first-child { white-space: nowrap; font-weight: 700 } table.assertions td:nth-child(2) { min-width: 13em } table.assertions td:nth-child(3) { min-width: 11em }
td.number { text-align: right; font-variant-numeric: tabular-nums } th.number { text-align: right }
svg { width: 100%; height: auto; margin: .6rem 0 }
@media print { body { margin: 0; max-width: none; font-size: 11px } tr { break-inside: avoid } }
`;

/** One page that needs nothing else: the verdict, the time line, and each assertion with what was measured. */
export function reportHtml(reported: Reported): string {
  const { scenario, verdict, recording } = reported;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escape(`${verdict.outcome}: ${scenario.title}`)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1><span class="verdict ${verdict.outcome}">${verdict.outcome.toUpperCase()}</span>${escape(scenario.title)}</h1>
<p>${escape(scenario.what)}</p>
<p class="faint">${escape(circumstances(reported))}</p>
<p class="faint">Again: <code>${escape(commandOf(reported))}</code></p>
${failedWords(verdict)}
${timelineSvg(recording)}
${measuresTable(verdict)}
${assertionsTable(verdict)}
</body>
</html>
`;
}

/** What runs this variant again. */
function commandOf({ name, scenario, variant: { clients, tls, topology } }: Reported): string {
  const plain = scenario.pair?.software === 'plain' ? ' --plain' : '';
  return `npm run lab -- scenario ${name} --clients ${clients} --tls ${tls} --deployment ${topology}${plain}`;
}

function circumstances({ scenario, variant, recording, verdict }: Reported): string {
  const rate = Math.round((verdict.measures.requests / recording.duration) * 1000);
  return [
    `${variant.topology} deployment`,
    `TLS ${variant.tls}`,
    `clients ${variant.clients}`,
    ...(scenario.pair === undefined ? [] : [`a pair, ${scenario.pair.profile}, ${scenario.pair.software}`]),
    `HAProxy ${recording.haproxy}`,
    `${rate} requests/s on average, ${percent(recording.achieved)} of them sent in time`,
    `${recording.coresBusy.toFixed(1)} cores of the machine busy, ${percent(recording.stolen)} of it taken by others`,
  ].join(' · ');
}

function failedWords({ invalid, assertions }: Verdict): string {
  if (invalid !== undefined)
    return `<p class="invalid"><b>Not valid, this run says nothing: ${escape(invalid)}.</b></p>`;
  const failed = assertions.filter(({ passed }) => !passed);
  if (failed.length === 0) return '';
  const items = failed.map(
    ({ what, expected, measured }) =>
      `<li><b>${escape(what)}</b>: expected ${escape(expected)}, measured ${escape(measured)}</li>`,
  );
  return `<ul class="failed">${items.join('')}</ul>`;
}

function measuresTable({ measures }: Verdict): string {
  const rows = (['reads', 'writes'] as const).map((name) => {
    const { sent, failed, shed, p50, p99 } = measures[name];
    const numbers = [sent, failed.length, perThousand(failed.length, sent), shed, inWords(p50), inWords(p99)];
    return `<tr><td>${name}</td>${numbers.map((one) => `<td class="number">${one}</td>`).join('')}</tr>`;
  });
  const heads = ['sent', 'failed', 'per 1,000', 'of them refused clearly', 'p50', 'p99'];
  return `<table><tr><th></th>${heads.map((head) => `<th class="number">${head}</th>`).join('')}</tr>${rows.join('')}</table>
<p>Longest failure ${inWords(measures.longestFailure)}, longest time without a success ${inWords(measures.longestGap)}, ${measures.again} sent again because the protocol says that they were not looked at.</p>`;
}

function assertionsTable({ assertions }: Verdict): string {
  const rows = assertions.map(
    ({ passed, what, expected, measured }) =>
      `<tr class="${passed ? 'good' : 'bad'}"><td>${passed ? '✓' : '✗ failed'}</td><td>${escape(what)}</td><td>${escape(expected)}</td><td>${escape(measured)}</td></tr>`,
  );
  return `<table class="assertions"><tr><th></th><th>what</th><th>expected</th><th>measured</th></tr>${rows.join('')}</table>`;
}
