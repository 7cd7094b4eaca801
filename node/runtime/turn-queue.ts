/** What waits, by who brought it, served in turns: whoever brings much waits for its own, nobody else does. */
export class TurnQueue<Item> {
  /** Whose turn is next stands first. */
  readonly #queues = new Map<string, Item[]>();

  push(origin: string, item: Item): void {
    const queue = this.#queues.get(origin);
    if (queue === undefined) this.#queues.set(origin, [item]);
    else queue.push(item);
  }

  /** Puts back what was not begun: it is the turn of this origin again. */
  giveBack(origin: string, item: Item): void {
    this.unshift(origin, item);
    const queue = this.#queues.get(origin)!;
    this.#queues.delete(origin);
    const others = [...this.#queues];
    this.#queues.clear();
    for (const [name, items] of [[origin, queue] as const, ...others]) this.#queues.set(name, items);
  }

  /** Puts back what is left of an item that was begun: first of its origin, whose turn is over. */
  unshift(origin: string, item: Item): void {
    const queue = this.#queues.get(origin);
    if (queue === undefined) this.#queues.set(origin, [item]);
    else queue.unshift(item);
  }

  get isEmpty(): boolean {
    return this.#queues.size === 0;
  }

  count(origin: string): number {
    return this.#queues.get(origin)?.length ?? 0;
  }

  /** Items of each origin that has any. */
  *counts(): Iterable<number> {
    for (const queue of this.#queues.values()) yield queue.length;
  }

  /** The oldest of the origin whose turn it is, which then goes to the end of the line. */
  next(): { readonly origin: string; readonly item: Item } | undefined {
    const first = this.#queues.entries().next();
    if (first.done === true) return undefined;
    const [origin, queue] = first.value;
    const item = queue.shift() as Item;
    this.#queues.delete(origin);
    if (queue.length > 0) this.#queues.set(origin, queue);
    return { origin, item };
  }
}
