import type { StatusKind } from '../../components/Status.tsx';
import { formatCount, formatDuration, formatWait, plural } from '../../lib/format.ts';
import type { MatrixRow } from './observers.ts';
import { validatorState } from './validator-state.ts';

export const figures = [
  { value: 'roundTrip', label: 'Round trip' },
  { value: 'clock', label: 'Clock' },
  { value: 'height', label: 'Height' },
  { value: 'view', label: 'View' },
] as const;
export type Figure = (typeof figures)[number]['value'];

export interface MatrixCell {
  readonly kind: StatusKind;
  /** The chosen figure; a dash if it is not known. */
  readonly text: string;
  /** All of them in one sentence. */
  readonly words: string;
}

/** How `observer` sees `seen`. */
export function cellOf(
  observer: string,
  seen: string,
  row: MatrixRow | undefined,
  figure: Figure,
): MatrixCell {
  if (row === undefined) {
    return { kind: 'unknown', text: '–', words: `${observer} does not know ${seen}` };
  }
  const { kind, word } = validatorState(row);
  const verb = row.isSelf ? `${observer} itself` : `${observer} sees ${seen}`;
  return {
    kind,
    text: figureText(row, figure),
    words: `${verb}: ${[word.toLowerCase(), ...factsOf(row)].join(', ')}`,
  };
}

function figureText(row: MatrixRow, figure: Figure): string {
  const { seen, height, view, isSelf } = row;
  switch (figure) {
    case 'roundTrip':
      return isSelf ? 'self' : formatMs(seen?.roundTripMs);
    case 'clock':
      return isSelf ? 'self' : formatOffsetMs(seen?.clockOffsetMs);
    case 'height':
      return height === undefined ? '–' : formatCount(height);
    case 'view':
      return view === undefined ? '–' : formatCount(view);
  }
}

function factsOf({ height, lag, view, seen }: MatrixRow): readonly string[] {
  return [
    ...(height === undefined ? [] : [`height ${formatCount(height)}`]),
    ...(lag === undefined || lag === 0 ? [] : [`${plural(lag, 'block')} behind`]),
    ...(view === undefined ? [] : [`view ${formatCount(view)}`]),
    ...(seen?.roundTripMs === undefined ? [] : [`round trip ${formatMs(seen.roundTripMs)}`]),
    ...(seen?.clockOffsetMs === undefined ? [] : [`clock ${formatOffsetMs(seen.clockOffsetMs)}`]),
    ...(seen?.lastMessageAgeMs === undefined ? [] : [`heard ${formatDuration(seen.lastMessageAgeMs)} ago`]),
  ];
}

/** `3.1 ms`, `240 ms`, `1.2 s`; a dash if it was not measured. */
export function formatMs(ms: number | undefined): string {
  if (ms === undefined) return '–';
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return formatWait(ms);
}

/** `+2.0 ms`, `−1.2 s` */
export function formatOffsetMs(ms: number | undefined): string {
  if (ms === undefined) return '–';
  return `${ms < 0 ? '−' : '+'}${formatMs(Math.abs(ms))}`;
}
