/** A token bucket per address: bursts pass, a flood waits. Time is handed in. */

export interface RateLimiterOptions {
  readonly tokensPerSecond: number;
  readonly burst: number;
  /** Addresses remembered at most; the one that was seen longest ago goes first. */
  readonly addressesMax: number;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

export class RateLimiter {
  readonly #options: RateLimiterOptions;
  readonly #buckets = new Map<string, Bucket>();

  constructor(options: RateLimiterOptions) {
    this.#options = options;
  }

  /** Takes one token. @returns 0 if there was one, else the milliseconds until there is. */
  take(address: string, nowMs: number): number {
    const { tokensPerSecond, burst } = this.#options;
    const bucket = this.#buckets.get(address) ?? { tokens: burst, atMs: nowMs };
    this.#remember(address, bucket);
    const refill = (Math.max(0, nowMs - bucket.atMs) / 1000) * tokensPerSecond;
    bucket.tokens = Math.min(burst, bucket.tokens + refill);
    bucket.atMs = nowMs;
    if (bucket.tokens < 1) return Math.ceil(((1 - bucket.tokens) / tokensPerSecond) * 1000);
    bucket.tokens -= 1;
    return 0;
  }

  /** A Map iterates in order of insertion: what was seen last goes to the end. */
  #remember(address: string, bucket: Bucket): void {
    this.#buckets.delete(address);
    this.#buckets.set(address, bucket);
    if (this.#buckets.size <= this.#options.addressesMax) return;
    const oldest = this.#buckets.keys().next();
    if (!oldest.done) this.#buckets.delete(oldest.value);
  }
}
