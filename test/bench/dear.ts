/**
 * What is dear: processor time of HAProxy, user and system, for what a declaration can bring about, and for what is not
 * offered for its price, each beside its cheap twin. The figures of `src/model/dear.ts` come from here.
 *
 *     node test/bench/dear.ts [--rounds 7] [PART OF A NAME]...
 *
 * It needs root and gcc. Ratios hold beside other work, microseconds do not.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { outcomeOf } from '../../lab/scenario/outcome-of.ts';
import type { DearReport } from './dear/room-main.ts';

const { values, positionals } = parseArgs({
  options: { rounds: { type: 'string', default: '7' } },
  allowPositionals: true,
});

console.log('ratio (quartiles)      cheap     dear µs  what');
await outcomeOf<void, DearReport>(
  join(import.meta.dirname, 'dear', 'room-main.ts'),
  [values.rounds, ...positionals],
  (report, { done, failed }) => {
    if (report.kind === 'done') done();
    else if (report.kind === 'broken') failed(new Error(report.why));
    else {
      const { name, cheap, dear, ratio } = report.found;
      const quartiles = `(${ratio.low.toFixed(2)}-${ratio.high.toFixed(2)})`;
      console.log(
        `${ratio.median.toFixed(2).padStart(5)} ${quartiles.padEnd(13)} ${cheap.toFixed(0).padStart(9)} ${dear.toFixed(0).padStart(9)}    ${name}`,
      );
    }
  },
);
