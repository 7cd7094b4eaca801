import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect, useId, useState } from 'react';
import { Button } from '../../../components/Button.tsx';
import { Time } from '../../../components/Time.tsx';
import { formatCount } from '../../../lib/format.ts';
import { blockQuery } from '../api/blocks.ts';
import styles from './HeightSlider.module.css';

export interface HeightSliderProps {
  /** The highest block of now. */
  readonly highest: number;
  /** Undefined: as of now. */
  readonly value: number | undefined;
  readonly onChange: (height: number | undefined) => void;
  /** What is shown as of the height: "Balances". */
  readonly what: string;
}

const settleMs = 250;

/** Looks at the ledger as it was after a block. The height is taken over once the hand rests. */
export function HeightSlider({ highest, value, onChange, what }: HeightSliderProps) {
  const id = useId();
  const [moving, setMoving] = useState<number | undefined>();
  const shown = moving ?? value ?? highest;
  useEffect(() => {
    if (moving === undefined) return;
    const timer = setTimeout(() => {
      onChange(moving >= highest ? undefined : moving);
      setMoving(undefined);
    }, settleMs);
    return () => clearTimeout(timer);
  }, [moving, highest, onChange]);
  const choose = (text: string) => {
    const height = Number(text);
    if (text !== '' && Number.isSafeInteger(height)) setMoving(Math.min(Math.max(0, height), highest));
  };
  return (
    <section className={styles.bar} aria-label="As of height">
      <label htmlFor={id}>As of block</label>
      <input
        type="range"
        min={0}
        max={highest}
        value={shown}
        aria-label={`${what} as of block`}
        aria-valuetext={value === undefined && moving === undefined ? 'now' : `block ${formatCount(shown)}`}
        onChange={(event) => choose(event.target.value)}
      />
      <input
        id={id}
        className={styles.number}
        type="number"
        min={0}
        max={highest}
        value={shown}
        onChange={(event) => choose(event.target.value)}
      />
      <span className={styles.moment}>{value === undefined ? 'now' : <Moment height={value} />}</span>
      {value !== undefined && <Button onPress={() => onChange(undefined)}>Back to now</Button>}
    </section>
  );
}

function Moment({ height }: { height: number }): ReactNode {
  const { data } = useQuery(blockQuery(String(height)));
  return data === undefined ? `block ${formatCount(height)}` : <Time value={data.header.time} />;
}
