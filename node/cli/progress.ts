/** How far a long command is, how fast, and how long it will take: a bar on a terminal, else a line now and then. */
import { Presets, SingleBar } from 'cli-progress';
import type { CliIo } from './io.ts';

const drawEveryMs = 100;
const lineEveryMs = 5_000;

export interface ProgressOptions {
  /** Of what, in the plural. */
  readonly what: string;
  readonly total: number;
}

export class Progress {
  readonly #io: CliIo;
  readonly #options: ProgressOptions;
  readonly #bar: SingleBar | undefined;
  readonly #startedMs: number;
  #shownMs: number;
  #first: number | undefined;

  constructor(io: CliIo, options: ProgressOptions) {
    this.#io = io;
    this.#options = options;
    this.#startedMs = io.nowMs();
    this.#shownMs = this.#startedMs;
    if (io.terminal === null) return;
    const format = `{bar} {percentage}%  {value}/{total} ${options.what}  {rate}/s  {left} left`;
    this.#bar = new SingleBar({ format, stream: io.terminal, hideCursor: true }, Presets.shades_grey);
    this.#bar.start(options.total, 0, { rate: '0', left: '–' });
  }

  /** `done` counts from 0 to the total; what was done before the first call does not count for the rate. */
  update(done: number): void {
    this.#first ??= done;
    const nowMs = this.#io.nowMs();
    if (nowMs - this.#shownMs < (this.#bar ? drawEveryMs : lineEveryMs)) return;
    this.#shownMs = nowMs;
    this.#show(done, nowMs);
  }

  stop(done: number): void {
    if (this.#bar === undefined) return;
    this.#show(done, this.#io.nowMs());
    this.#bar.stop();
  }

  #show(done: number, nowMs: number): void {
    const { what, total } = this.#options;
    const { perSecond, secondsLeft } = pace(done - (this.#first ?? 0), total - done, nowMs - this.#startedMs);
    const rate = String(Math.round(perSecond));
    const left = durationText(secondsLeft);
    if (this.#bar) this.#bar.update(done, { rate, left });
    else this.#io.err(`${done} of ${total} ${what}, ${rate}/s, ${left} left`);
  }
}

/** `secondsLeft` is undefined while nothing was done. */
export function pace(
  done: number,
  remaining: number,
  elapsedMs: number,
): { readonly perSecond: number; readonly secondsLeft: number | undefined } {
  if (done <= 0 || elapsedMs <= 0) return { perSecond: 0, secondsLeft: undefined };
  const perSecond = (done / elapsedMs) * 1000;
  return { perSecond, secondsLeft: remaining / perSecond };
}

export function durationText(seconds: number | undefined): string {
  if (seconds === undefined) return '–';
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
