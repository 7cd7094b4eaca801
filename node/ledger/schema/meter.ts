/**
 * What checking a value may cost, in steps instead of time, so that every validator stops at the same place. Once it
 * is used up it stays so, and every answer given after that is void.
 */
export class Meter {
  #left: number;

  constructor(stepsMax: number) {
    this.#left = stepsMax;
  }

  /** Whether that many steps were left. */
  spend(steps: number): boolean {
    this.#left -= steps;
    return this.#left >= 0;
  }

  /** For what must end at once. */
  exhaust(): void {
    this.#left = -1;
  }

  get isExhausted(): boolean {
    return this.#left < 0;
  }

  /** Negative once it is used up. */
  get left(): number {
    return this.#left;
  }
}

/** Of reading or comparing a text or bytes once: about what a step takes for each 64 of them. */
export const stepsOf = ({ length }: { readonly length: number }): number => 1 + Math.floor(length / 64);
