import { dear } from '../../src/model/dear.ts';
import { table } from './markdown.ts';

/** What costs more than 1.2 times its cheap twin, the dearest first. */
export function dearTable(): string {
  const rows = Object.values(dear).toSorted((a, b) => b.most - a.most);
  return table(
    ['times', 'what', 'than', 'for each', 'in a declaration'],
    rows.map(({ least, most, what, than, each, declared }) => [
      least === most ? least.toFixed(1) : `${least.toFixed(1)} to ${most.toFixed(1)}`,
      ...[what, than, each, declared],
    ]),
  )
    .join('\n')
    .trimEnd();
}
