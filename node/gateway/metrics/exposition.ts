/** The text format of Prometheus, version 0.0.4: what a scrape reads. */
import type { HistogramSnapshot } from '../../runtime/telemetry/histogram.ts';

type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly labels?: Labels;
  readonly value: number;
}
export interface HistogramSample {
  readonly labels?: Labels;
  readonly histogram: HistogramSnapshot;
}

interface Named {
  readonly name: string;
  readonly help: string;
}
export type Metric = Named &
  (
    | { readonly type: 'counter' | 'gauge'; readonly samples: readonly Sample[] }
    | { readonly type: 'histogram'; readonly samples: readonly HistogramSample[] }
  );

export const expositionType = 'text/plain; version=0.0.4; charset=utf-8';

export const renderMetrics = (metrics: readonly Metric[]): string =>
  `${metrics.flatMap(linesOf).join('\n')}\n`;

function linesOf(metric: Metric): string[] {
  const { name, help, type } = metric;
  const head = [`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} ${type}`];
  if (metric.type === 'histogram') {
    return [...head, ...metric.samples.flatMap((sample) => histogramLines(name, sample))];
  }
  return [...head, ...metric.samples.map(({ labels = {}, value }) => `${name}${textOf(labels)} ${value}`)];
}

function histogramLines(name: string, { labels = {}, histogram }: HistogramSample): string[] {
  const { bounds, cumulative, sum, count } = histogram;
  const buckets = bounds.map(
    (bound, index) => `${name}_bucket${textOf({ ...labels, le: String(bound) })} ${cumulative[index] ?? 0}`,
  );
  return [
    ...buckets,
    `${name}_bucket${textOf({ ...labels, le: '+Inf' })} ${count}`,
    `${name}_sum${textOf(labels)} ${sum}`,
    `${name}_count${textOf(labels)} ${count}`,
  ];
}

function textOf(labels: Labels): string {
  const entries = Object.entries(labels);
  if (entries.length === 0) return '';
  return `{${entries.map(([name, value]) => `${name}="${escapeLabel(value)}"`).join(',')}}`;
}

const escapeHelp = (text: string): string => text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n');
const escapeLabel = (text: string): string => escapeHelp(text).replace(/"/g, '\\"');
