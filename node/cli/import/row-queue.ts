/**
 * Hands out rows in batches so that several batches can be under way and yet the rows of one stream keep their
 * order: a row whose stream is under way in another batch waits until that batch has come back.
 * Within a batch the order is kept by `ordered-batch.ts`.
 */
export interface StreamRow {
  readonly stream: string;
}

export class RowQueue<Item extends StreamRow> {
  readonly #source: AsyncIterator<Item>;
  readonly #heldMax: number;
  #held: Item[] = [];
  readonly #busy = new Set<string>();
  #isOver = false;

  /** @param heldMax rows kept in memory because their streams are under way */
  constructor(source: AsyncIterable<Item>, heldMax: number) {
    this.#source = source[Symbol.asyncIterator]();
    this.#heldMax = heldMax;
  }

  /** Nothing is left, though batches may be under way. */
  get isEmpty(): boolean {
    return this.#isOver && this.#held.length === 0;
  }

  /** The next rows that may go, in the file's order per stream; empty if all wait, or nothing is left. */
  async take(max: number): Promise<readonly Item[]> {
    const batch: Item[] = this.#takeHeld(max);
    // A batch may come back while the next row is read: then its stream is free, and rows of it may be held yet.
    const heldStreams = new Set(this.#held.map(({ stream }) => stream));
    while (batch.length < max && this.#held.length < this.#heldMax && !this.#isOver) {
      const next = await this.#source.next();
      if (next.done) this.#isOver = true;
      else if (this.#busy.has(next.value.stream) || heldStreams.has(next.value.stream)) {
        this.#held.push(next.value);
        heldStreams.add(next.value.stream);
      } else batch.push(next.value);
    }
    for (const { stream } of batch) this.#busy.add(stream);
    return batch;
  }

  /** This batch has come back. */
  release(batch: readonly Item[]): void {
    for (const { stream } of batch) this.#busy.delete(stream);
  }

  #takeHeld(max: number): Item[] {
    const taken: Item[] = [];
    const kept: Item[] = [];
    for (const item of this.#held) {
      if (taken.length < max && !this.#busy.has(item.stream)) taken.push(item);
      else kept.push(item);
    }
    this.#held = kept;
    return taken;
  }
}
