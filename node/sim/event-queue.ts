/** Virtual time: events run in the order of their instants, equal ones in the order in which they were made. */
export interface ScheduledEvent {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
  cancelled: boolean;
}

export interface EventQueue {
  nowMs(): number;
  after(delayMs: number, run: () => void): ScheduledEvent;
  /** Advances time to the next event that was not cancelled and runs it; false if there is none. */
  runNext(): boolean;
}

export function createEventQueue(): EventQueue {
  const heap: ScheduledEvent[] = [];
  let nowMs = 0;
  let orders = 0;

  function after(delayMs: number, run: () => void): ScheduledEvent {
    const event = { atMs: nowMs + Math.max(0, delayMs), order: orders, run, cancelled: false };
    orders += 1;
    heap.push(event);
    siftUp(heap.length - 1);
    return event;
  }

  function runNext(): boolean {
    for (let event = takeFirst(); event !== undefined; event = takeFirst()) {
      if (event.cancelled) continue;
      nowMs = event.atMs;
      event.run();
      return true;
    }
    return false;
  }

  function takeFirst(): ScheduledEvent | undefined {
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined) return undefined;
    if (heap.length > 0) {
      heap[0] = last;
      siftDown();
    }
    return first;
  }

  function siftUp(from: number): void {
    let position = from;
    while (position > 0) {
      const parent = (position - 1) >> 1;
      if (!comesBefore(heap[position]!, heap[parent]!)) return;
      swap(position, parent);
      position = parent;
    }
  }

  function siftDown(): void {
    let position = 0;
    for (;;) {
      const left = 2 * position + 1;
      const right = left + 1;
      let first = position;
      if (left < heap.length && comesBefore(heap[left]!, heap[first]!)) first = left;
      if (right < heap.length && comesBefore(heap[right]!, heap[first]!)) first = right;
      if (first === position) return;
      swap(position, first);
      position = first;
    }
  }

  function swap(one: number, other: number): void {
    const held = heap[one]!;
    heap[one] = heap[other]!;
    heap[other] = held;
  }

  return { nowMs: () => nowMs, after, runNext };
}

const comesBefore = (one: ScheduledEvent, other: ScheduledEvent): boolean =>
  one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
