import uPlot from 'uplot';
import { preferences } from '../lib/preferences.ts';
import type { TimeChartProps } from './TimeChart.tsx';

/** Tokens of the style sheet, in the order of the series. */
const seriesColours = ['accent', 'pending', 'failed', 'info'] as const;
export type SeriesColour = (typeof seriesColours)[number];

export const colourOf = (colour: SeriesColour | undefined, place: number): SeriesColour =>
  colour ?? seriesColours[place % seriesColours.length] ?? 'accent';

const height = 220;

interface Latest {
  readonly current: TimeChartProps;
}

/** Colours are asked for at each drawing, so that a change of theme needs a redraw alone. */
export function plotOptions(latest: Latest, width: number): uPlot.Options {
  const { series, shape, group, format, least } = latest.current;
  const axis = {
    stroke: () => token('muted'),
    grid: { stroke: () => token('hairline'), width: 1 },
    ticks: { show: false },
  };
  return {
    width: Math.max(200, width),
    height,
    legend: { show: false },
    cursor: { y: false, ...(group === undefined ? {} : { sync: { key: group } }) },
    tzDate: (seconds) =>
      isLocal() ? new Date(seconds * 1_000) : uPlot.tzDate(new Date(seconds * 1_000), 'UTC'),
    padding: [8, 12, 0, 0],
    scales: {
      ...(shape === 'bars' && { x: { range: widened } }),
      y: { range: (_, __, most) => [0, most > 0 ? most * 1.1 : 1] },
    },
    axes: [
      { ...axis, font, size: 28, values: twentyFourHours },
      {
        ...axis,
        font,
        size: 72,
        values: (_, ticks) => ticks.map((value) => format(value)),
        incrs: stepsFrom(least),
      },
    ],
    series: [
      {},
      ...series.map(
        ({ name, colour }, at): uPlot.Series => ({
          label: name,
          stroke: () => token(colourOf(colour, at)),
          width: 1.5,
          points: { show: shape === 'lines' ? lonePoints : false, size: 4 },
          spanGaps: false,
          ...(shape === 'bars' && {
            paths: uPlot.paths.bars!({ size: [0.8, 40] }),
            fill: () => token(colourOf(colour, at)),
          }),
        }),
      ),
    ],
    hooks: { draw: [(plot) => drawMarks(plot, latest)], setCursor: [showReadout(latest)] },
  };
}

/** Between the lines of the axis: two of them must not read alike. */
const stepsFrom = (least: number): number[] =>
  Array.from({ length: 13 }, (_, power) => [1, 2, 5].map((digit) => digit * least * 10 ** power)).flat();

/** Half a bar on each side, so that the first and the last one are whole. */
const widened = (plot: uPlot, from: number, to: number): [number, number] => {
  const [first = 0, second = first + 60] = plot.data[0];
  return [from - (second - first) / 2, to + (second - first) / 2];
};

const font = '11px "Geist Variable", system-ui, sans-serif';
const isLocal = (): boolean => preferences.get().time === 'local';

/** A canvas takes no custom property: an element that has the colour tells which one it is now. */
function token(name: string): string {
  probe ??= document.body.appendChild(document.createElement('span'));
  probe.hidden = true;
  probe.style.color = `var(--${name})`;
  return getComputedStyle(probe).color;
}
let probe: HTMLElement | undefined;

/** Two values without one between them would not be drawn. */
const lonePoints = (plot: uPlot, series: number): boolean => {
  const values = plot.data[series] ?? [];
  return values.filter((value) => value !== null).length < 40;
};

const twentyFourHours: uPlot.Axis.Values = (plot, ticks) => {
  const span = (plot.scales.x?.max ?? 0) - (plot.scales.x?.min ?? 0);
  return ticks.map((seconds) => {
    const date = new Date(seconds * 1_000);
    const shifted = isLocal() ? new Date(date.getTime() - date.getTimezoneOffset() * 60_000) : date;
    const text = shifted.toISOString();
    if (span > 2 * 86_400) return text.slice(5, 10);
    return span < 600 ? text.slice(11, 19) : text.slice(11, 16);
  });
};

/** Lines first, so that none crosses a label; a label that would lie on the one before it is left out. */
function drawMarks(plot: uPlot, { current: { marks = [] } }: Latest): void {
  const { ctx, bbox } = plot;
  const shown = marks
    .map(({ at, label }) => ({ label, x: Math.round(plot.valToPos(at / 1_000, 'x', true)) }))
    .filter(({ x }) => x >= bbox.left && x <= bbox.left + bbox.width);
  ctx.save();
  ctx.strokeStyle = token('info');
  ctx.setLineDash([4, 4]);
  for (const { x } of shown) {
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.font = `${11 * devicePixelRatio}px "Geist Variable", system-ui, sans-serif`;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'middle';
  let free = bbox.left;
  for (const { x, label } of shown) {
    const box = labelBox(plot, x, ctx.measureText(label).width);
    if (box.left < free) continue;
    free = box.left + box.width;
    ctx.fillStyle = token('surface');
    ctx.fillRect(box.left, bbox.top, box.width, box.height);
    ctx.fillStyle = token('info');
    ctx.fillText(label, box.left + box.inset, bbox.top + box.height / 2);
  }
  ctx.restore();
}

/** Beside its line, on the side that has room. Pixels of the canvas. */
function labelBox({ bbox }: uPlot, x: number, textWidth: number) {
  const inset = 4 * devicePixelRatio;
  const width = textWidth + 2 * inset;
  const fits = x + inset + width <= bbox.left + bbox.width;
  return { left: fits ? x + inset : x - inset - width, width, inset, height: 16 * devicePixelRatio };
}

/** What stands under the pointer, above the plot. */
const showReadout =
  ({ current }: Latest) =>
  (plot: uPlot): void => {
    const index = plot.cursor.idx;
    const readout = readoutOf(plot);
    const seconds = index === null || index === undefined ? undefined : plot.data[0][index];
    if (seconds === undefined) {
      readout.hidden = true;
      return;
    }
    const values = plot.series.slice(1).map(({ label }, at) => {
      const value = plot.data[at + 1]?.[index as number];
      return `${String(label)} ${value === null || value === undefined ? '–' : current.format(value)}`;
    });
    readout.hidden = false;
    readout.textContent = `${new Date(seconds * 1_000).toISOString().slice(0, 19).replace('T', ' ')} UTC: ${values.join(', ')}`;
  };

function readoutOf(plot: uPlot): HTMLElement {
  const known = plot.root.querySelector<HTMLElement>('[data-readout]');
  if (known !== null) return known;
  const readout = document.createElement('div');
  readout.dataset.readout = '';
  readout.hidden = true;
  plot.root.append(readout);
  return readout;
}
