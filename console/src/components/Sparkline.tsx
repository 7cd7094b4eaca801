import styles from './Sparkline.module.css';

export interface SparklineProps {
  readonly values: readonly number[];
  /** The same in words, for who cannot see it. */
  readonly summary: string;
}

const width = 240;
const height = 48;

/** A small bar chart, oldest value on the left. */
export function Sparkline({ values, summary }: SparklineProps) {
  const top = Math.max(1, ...values);
  const step = width / Math.max(1, values.length);
  return (
    <svg
      className={styles.chart}
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={summary}
    >
      {values.map((value, at) => {
        const bar = value === 0 ? 1 : Math.max(2, (value / top) * height);
        return (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: a bar is its position
            key={at}
            className={value === 0 ? styles.none : styles.bar}
            x={at * step + 0.5}
            y={height - bar}
            width={Math.max(1, step - 1)}
            height={bar}
          />
        );
      })}
    </svg>
  );
}
