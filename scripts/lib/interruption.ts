/** A run that a signal ended before it was through: what it reports is of a part, and no verdict on the whole. */
export interface Interruption {
  readonly signal: string;
  /** Parts of the run that were through. */
  readonly done: number;
  readonly of: number;
  /** The part that was cut off; undefined between two of them. */
  readonly running: string | undefined;
}

/** @param parts what the run consists of, such as `scenarios` */
export const interruptionLine = ({ signal, done, of, running }: Interruption, parts: string): string =>
  `INTERRUPTED by ${signal}: ${done} of ${of} ${parts} done${running === undefined ? '' : `, ${running} was running`}`;
