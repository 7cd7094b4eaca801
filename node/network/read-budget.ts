/**
 * How much of this process one peer may take with what it sends: a token bucket of milliseconds. Honest peers stay
 * far below it; a flood is left in its own socket, where it costs us nothing.
 */
export interface ReadBudgetOptions {
  /** Share of the time that refills, such as 0.2. */
  readonly share: number;
  /** What may be spent at once after a rest. */
  readonly burstMs: number;
  /** A link is not left unread for longer, or it would look dead. */
  readonly pauseMaxMs: number;
}

export class ReadBudget {
  readonly #options: ReadBudgetOptions;
  #leftMs: number;
  #atMs: number;

  constructor(options: ReadBudgetOptions, nowMs: number) {
    this.#options = options;
    this.#leftMs = options.burstMs;
    this.#atMs = nowMs;
  }

  /** @returns for how long nothing more should be read; 0 while there is something left */
  spend(costMs: number, nowMs: number): number {
    const { share, burstMs, pauseMaxMs } = this.#options;
    const refilled = this.#leftMs + Math.max(0, nowMs - this.#atMs) * share;
    this.#atMs = nowMs;
    // The debt is bounded too: what was read before the pause took effect is forgiven.
    this.#leftMs = Math.max(Math.min(burstMs, refilled) - costMs, -pauseMaxMs * share);
    return this.#leftMs > 0 ? 0 : Math.max(1, -this.#leftMs / share);
  }
}

/** Decrypting a small frame and taking it out of its stream, before anybody sees it: some 20 µs, and what it leaves behind. */
export const frameCostMs = 0.05;

const chargeBaseMs = 1;
/** Decoding and taking in an envelope of 363 bytes costs some 25 µs. */
const chargePerByteMs = 0.0001;

/**
 * What a frame is charged with: the time that handling it took, but no more than frames of its size can cost of
 * themselves. The vote that completes a quorum sets off the execution of a whole block, which is our work and
 * nobody's flood; so does being preempted on a busy machine.
 */
export const chargeMs = (tookMs: number, frameBytes: number): number =>
  Math.min(tookMs, chargeBaseMs + frameBytes * chargePerByteMs);
