import { line, rect, round, text } from '../../../lab/scenario/report/canvas.ts';
import { isTooNoisy, names, type Result, type WorkloadResult } from './result.ts';

const sizes = { width: 900, left: 190, right: 70, row: 15, head: 26 } as const;
/** Longer bars are cut, and say their number. */
const longest = 6;
const colours = { base: '#2a7d3f', other: '#3f74a8', noisy: '#b8bfc7' } as const;

/** What each balancer costs under each workload, as a multiple of Aorta: one bar each, with the quartiles. */
export function costChart({ workloads }: Pick<Result, 'workloads'>): string {
  let y = 44;
  const parts: string[] = [];
  for (const workload of workloads) {
    parts.push(panel(workload, y));
    y += sizes.head + sizes.row * (Object.keys(workload.subjects).length - 1) + 8;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${sizes.width} ${y}" role="img" font-family="system-ui, 'DejaVu Sans', sans-serif">`,
    '<title>Processor time for a request, as a multiple of Aorta</title>',
    `<rect width="${sizes.width}" height="${y}" fill="#ffffff"/>`,
    text(8, 20, 'Processor time of the balancer for a request; Aorta is 1', { bold: true, size: 14 }),
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

function panel(workload: WorkloadResult, top: number): string {
  const noisy = isTooNoisy(workload);
  const rows = Object.entries(workload.subjects).filter(([name]) => name !== names.twin);
  const bottom = top + sizes.head + sizes.row * rows.length;
  const parts = [
    text(8, top + 16, `${workload.name}${noisy ? ' (too noisy)' : ''}`, { bold: true, size: 12 }),
    line(x(1), top + sizes.head - 4, x(1), bottom, '#6a737d', 'stroke-dasharray="3 3"'),
  ];
  for (const [index, [name, { ratio }]] of rows.entries()) {
    const y = top + sizes.head + index * sizes.row;
    const multiple = 1 / ratio.median;
    const fill = noisy ? colours.noisy : name === names.base ? colours.base : colours.other;
    parts.push(text(sizes.left - 6, y + 9, name, { anchor: 'end', size: 11 }));
    parts.push(rect(sizes.left, y, x(multiple) - sizes.left, sizes.row - 4, fill));
    parts.push(line(x(1 / ratio.high), y + 5.5, x(1 / ratio.low), y + 5.5, '#1b1f24'));
    parts.push(text(x(Math.max(multiple, 1 / ratio.low)) + 5, y + 9, multiple.toFixed(2), { size: 10 }));
  }
  return parts.join('\n');
}

function x(multiple: number): number {
  const width = sizes.width - sizes.left - sizes.right;
  return round(sizes.left + (Math.min(multiple, longest) / longest) * width);
}
