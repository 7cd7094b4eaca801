/** The addresses under which this gateway is known. What a stranger sends as `Host` is not one of them. */
import { ProblemError } from '../http/problem-error.ts';

/** `localhost` and `127.0.0.1` name the same machine in a browser's address bar. */
export const normalisedOrigin = (origin: string): string => origin.replace('//localhost:', '//127.0.0.1:');

export class Origins {
  /** What the ledger and the configuration say now. */
  readonly #said: () => readonly string[];
  readonly #added = new Set<string>();

  constructor(said: () => readonly string[]) {
    this.#said = said;
  }

  /** Where it listens is known once it does. */
  add(origin: string): void {
    this.#added.add(normalisedOrigin(origin));
  }

  isOwn(origin: string | undefined): boolean {
    return origin !== undefined && this.#own().has(normalisedOrigin(origin));
  }

  /** @throws ProblemError `origin-not-allowed` */
  requireOwn(origin: string | undefined): void {
    if (this.isOwn(origin)) return;
    const detail =
      origin === undefined
        ? 'The request does not say which page sends it.'
        : `${origin} is not an address of this gateway.`;
    throw new ProblemError('origin-not-allowed', detail, { origin: origin ?? null, own: [...this.#own()] });
  }

  #own(): ReadonlySet<string> {
    return new Set([...this.#said().map(normalisedOrigin), ...this.#added]);
  }
}
