import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useEffect, useRef } from 'react';
import { colourOf, plotOptions, type SeriesColour } from './plot-options.ts';
import styles from './TimeChart.module.css';

export interface ChartSeries {
  readonly name: string;
  /** One for each moment; null where there is none. */
  readonly values: readonly (number | null)[];
  /** A token of the style sheet; the next free one if absent. */
  readonly colour?: SeriesColour;
}

export interface ChartMark {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly label: string;
}

export interface TimeChartProps {
  /** Milliseconds since 1970, ascending. */
  readonly moments: readonly number[];
  readonly series: readonly ChartSeries[];
  readonly marks?: readonly ChartMark[];
  readonly shape: 'lines' | 'bars';
  /** Of a value, with its unit. */
  readonly format: (value: number) => string;
  /** The smallest difference that `format` shows. */
  readonly least: number;
  /** The same in words, for who cannot see it. */
  readonly summary: string;
  /** Charts of one group show the same moment under the pointer. */
  readonly group?: string;
}

/** Values over time. Loaded on demand: the library is large. */
export default function TimeChart(props: TimeChartProps) {
  const { moments, series, marks = [], shape, summary, format } = props;
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const latest = useRef(props);
  latest.current = props;
  const names = series.map(({ name }) => name).join(' ');

  // biome-ignore lint/correctness/useExhaustiveDependencies: a chart is made anew only for other series; values are set below
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const created = new uPlot(plotOptions(latest, element.clientWidth), dataOf(latest.current), element);
    plot.current = created;
    const resize = new ResizeObserver(() =>
      created.setSize({ width: element.clientWidth, height: created.height }),
    );
    resize.observe(element);
    const stop = onThemeChange(() => created.redraw());
    return () => {
      stop();
      resize.disconnect();
      created.destroy();
    };
  }, [names, shape, props.group]);

  useEffect(() => {
    plot.current?.setData(dataOf({ moments, series, shape }));
  }, [moments, series, shape]);

  return (
    <figure className={styles.figure}>
      <figcaption className={styles.legend}>
        {series.map(({ name, values, colour }, at) => (
          <span key={name} className={styles.entry}>
            <span className={styles.swatch} data-series={colourOf(colour, at)} aria-hidden="true" />
            {name} <strong>{legendText(shape, values, format)}</strong>
          </span>
        ))}
        {marks.length > 0 && (
          <span className={styles.entry}>
            <span className={styles.markSwatch} aria-hidden="true" />
            change of view
          </span>
        )}
      </figcaption>
      <div ref={place} className={styles.place} role="img" aria-label={summary} />
    </figure>
  );
}

/** uPlot counts seconds. */
const dataOf = ({
  moments,
  series,
  shape,
}: Pick<TimeChartProps, 'moments' | 'series' | 'shape'>): uPlot.AlignedData => [
  moments.map((moment) => moment / 1_000),
  // A bar of nothing would still draw its edge.
  ...series.map(({ values }) => values.map((value) => (shape === 'bars' && value === 0 ? null : value))),
];

/** Of bars their sum, of a line where it stands now. */
function legendText(
  shape: TimeChartProps['shape'],
  values: readonly (number | null)[],
  format: (value: number) => string,
): string {
  if (shape === 'bars') return format(values.reduce<number>((sum, value) => sum + (value ?? 0), 0));
  const last = values.findLast((value) => value !== null);
  return last === undefined || last === null ? '–' : format(last);
}

/** The theme is an attribute of the page, or the system's. */
function onThemeChange(changed: () => void): () => void {
  const attribute = new MutationObserver(changed);
  attribute.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  const system = matchMedia('(prefers-color-scheme: dark)');
  system.addEventListener('change', changed);
  return () => {
    attribute.disconnect();
    system.removeEventListener('change', changed);
  };
}
