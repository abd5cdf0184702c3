import { COLOURS, line, round, text } from '../../lab/scenario/report/canvas.ts';

/** A line through points; both axes are logarithmic, so what grows in proportion rises at 45 degrees. */
export interface Curve {
  readonly name: string;
  readonly colour: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface CurvePanel {
  readonly title: string;
  readonly curves: readonly Curve[];
  /** What of the upward axis is named. */
  readonly ticks: readonly (readonly [y: number, name: string])[];
}

const size = { width: 900, height: 330, left: 64, right: 76, top: 64, bottom: 44 } as const;

/** Panels side by side, over the same axis to the right. @param under what that axis counts */
export function curvesPicture(title: string, under: string, panels: readonly CurvePanel[]): string {
  const width = size.width / panels.length;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" role="img" font-family="system-ui, 'DejaVu Sans', sans-serif">`,
    `<title>${title}</title>`,
    `<rect width="${size.width}" height="${size.height}" fill="#ffffff"/>`,
    text(8, 20, title, { bold: true, size: 14 }),
    ...panels.map((panel, index) => drawn(panel, under, { from: index * width, to: (index + 1) * width })),
    '</svg>',
    '',
  ].join('\n');
}

function drawn(
  { title, curves, ticks }: CurvePanel,
  under: string,
  { from, to }: { readonly from: number; readonly to: number },
): string {
  const xs = [...new Set(curves.flatMap(({ points }) => points.map(([x]) => x)))].sort((a, b) => a - b);
  const [left, right] = [from + size.left, to - size.right];
  const [top, bottom] = [size.top, size.height - size.bottom];
  const x = logarithmic([xs[0] ?? 1, xs.at(-1) ?? 1], [left, right]);
  const y = logarithmic([ticks[0]?.[0] ?? 1, ticks.at(-1)?.[0] ?? 1], [bottom, top]);
  return [
    text(left, top - 16, title, { bold: true, size: 12 }),
    ...ticks.flatMap(([tick, name]) => [
      line(left, y(tick), right, y(tick), COLOURS.grid),
      text(left - 8, y(tick) + 4, name, { anchor: 'end', fill: COLOURS.faint }),
    ]),
    ...xs.map((one) =>
      text(x(one), bottom + 16, one.toLocaleString('en'), {
        anchor: 'middle',
        fill: COLOURS.faint,
        size: 10,
      }),
    ),
    text((left + right) / 2, bottom + 34, under, { anchor: 'middle', fill: COLOURS.faint }),
    ...curves.flatMap(({ colour, points }) => [
      `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${points
        .map((point) => `${round(x(point[0]))},${round(y(point[1]))}`)
        .join(' ')}"/>`,
      ...points.map(
        (point) => `<circle cx="${round(x(point[0]))}" cy="${round(y(point[1]))}" r="2.6" fill="${colour}"/>`,
      ),
    ]),
    ...namesAtTheEnd(curves, right + 6, y),
  ].join('\n');
}

/** Beside the last points, moved apart where they would lie on each other. */
function namesAtTheEnd(curves: readonly Curve[], x: number, y: (value: number) => number): string[] {
  let last = Number.POSITIVE_INFINITY;
  return curves
    .map(({ name, colour, points }) => ({ name, colour, at: y(points.at(-1)?.[1] ?? 1) }))
    .sort((a, b) => b.at - a.at)
    .map(({ name, colour, at }) => {
      last = Math.min(at, last - 13);
      return text(x, last + 4, name, { fill: colour, size: 11 });
    });
}

function logarithmic(
  [low, high]: readonly [number, number],
  [from, to]: readonly [number, number],
): (value: number) => number {
  const scale = (to - from) / Math.max(1e-9, Math.log(high) - Math.log(low));
  return (value) => from + (Math.log(Math.max(value, low)) - Math.log(low)) * scale;
}
