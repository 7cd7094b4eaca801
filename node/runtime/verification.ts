/** Two lanes to the verifier: votes, gathered while a call is in flight, and transactions in bounded runs. */
import type { VerificationItem, VerifierPort } from './ports.ts';
import type { SignatureCache, SignatureCheck } from './signatures.ts';
import { TurnQueue } from './turn-queue.ts';

export interface VoteLane {
  /**
   * Answers true if every check holds. Those of one origin wait for each other only: origins take turns. What holds
   * many is verified in slices, up to the first with one that does not hold.
   *
   * @param begun called with the number of signatures of each slice when it goes to the verifier
   */
  submit(
    checks: readonly SignatureCheck[],
    done: (valid: boolean) => void,
    origin?: string,
    begun?: (signatures: number) => void,
  ): void;
}

export interface VoteQueue extends VoteLane {
  /** Messages of each origin that wait for a run. */
  waiting(): Iterable<number>;
}

/** Checks in one call, so that nobody's votes wait long behind another's flood, nor behind one large message. */
const votesPerRun = 256;

interface VoteTask {
  readonly origin: string;
  readonly checks: readonly SignatureCheck[];
  readonly done: (valid: boolean) => void;
  readonly begun: ((signatures: number) => void) | undefined;
  /** Checks before this one hold. */
  at: number;
}

export function createVoteLane(verifier: VerifierPort, cache: SignatureCache): VoteQueue {
  const waiting = new TurnQueue<VoteTask>();
  let busy = false;

  const submit: VoteLane['submit'] = (checks, done, origin = '', begun) => {
    const unknown = unknownOf(checks, cache);
    if (unknown.length === 0) {
      done(true);
      return;
    }
    const task = { origin, checks: unknown, done, begun, at: 0 };
    if (!busy && waiting.isEmpty) {
      verify([task]);
      return;
    }
    waiting.push(origin, task);
    if (!busy) run();
  };

  function run(): void {
    const tasks = gathered(waiting, votesPerRun, (task) => sliceOf(task).length);
    if (tasks.length > 0) verify(tasks);
  }

  function verify(tasks: readonly VoteTask[]): void {
    busy = true;
    const slices = tasks.map(sliceOf);
    for (const [index, { begun }] of tasks.entries()) begun?.(slices[index]!.length);
    verifier.verify(
      slices.flat().map((check) => check.item()),
      (valid) => {
        busy = false;
        let position = 0;
        tasks.forEach((task, index) => {
          const slice = slices[index]!;
          finish(task, slice, valid.slice(position, position + slice.length));
          position += slice.length;
        });
        if (!busy) run();
      },
    );
  }

  function finish(task: VoteTask, slice: readonly SignatureCheck[], valid: readonly boolean[]): void {
    slice.forEach(({ name }, index) => {
      if (valid[index] === true) cache.remember(name);
    });
    task.at += slice.length;
    if (slice.some((_, index) => valid[index] !== true)) task.done(false);
    else if (task.at === task.checks.length) task.done(true);
    else waiting.unshift(task.origin, task);
  }

  return { submit, waiting: () => waiting.counts() };
}

const sliceOf = ({ checks, at }: VoteTask): readonly SignatureCheck[] => checks.slice(at, at + votesPerRun);

/** VIEW-CHANGEs hold the same votes: each is verified once. What is not remembered has no name. */
function unknownOf(checks: readonly SignatureCheck[], cache: SignatureCache): SignatureCheck[] {
  const names = new Set<string>();
  return checks.filter(({ name }) => {
    if (name === '') return true;
    if (cache.has(name) || names.has(name)) return false;
    names.add(name);
    return true;
  });
}

export interface TransactionLane {
  /** Answers in order. Origins take turns. */
  submit(
    items: readonly VerificationItem[],
    done: (valid: readonly boolean[]) => void,
    origin?: string,
  ): void;
}

/** Bounded runs, so that a vote waits behind at most two of them; two, so that the verifier need not wait for us. */
const runsAtOnce = 2;

export function createTransactionLane(verifier: VerifierPort, chunk: number): TransactionLane {
  type Task = {
    readonly answers: boolean[];
    waiting: number;
    readonly done: (valid: readonly boolean[]) => void;
  };
  /** A part of a task that fits one run. */
  type Piece = { readonly task: Task; readonly from: number; readonly items: readonly VerificationItem[] };
  const pieces = new TurnQueue<Piece>();
  let running = 0;

  function submit(
    items: readonly VerificationItem[],
    done: (valid: readonly boolean[]) => void,
    origin = '',
  ): void {
    if (items.length === 0) {
      done([]);
      return;
    }
    const task: Task = { answers: [], waiting: items.length, done };
    for (let from = 0; from < items.length; from += chunk) {
      pieces.push(origin, { task, from, items: items.slice(from, from + chunk) });
    }
    run();
  }

  function run(): void {
    if (running === runsAtOnce) return;
    const taken = gathered(pieces, chunk, (piece) => piece.items.length);
    if (taken.length === 0) return;
    running += 1;
    verifier.verify(
      taken.flatMap((piece) => piece.items),
      (valid) => {
        running -= 1;
        let position = 0;
        for (const piece of taken) {
          finish(piece, valid.slice(position, position + piece.items.length));
          position += piece.items.length;
        }
        run();
      },
    );
  }

  function finish({ task, from, items }: Piece, valid: readonly boolean[]): void {
    items.forEach((_, index) => {
      task.answers[from + index] = valid[index] === true;
    });
    task.waiting -= items.length;
    if (task.waiting === 0) task.done(task.answers);
  }

  return { submit };
}

/** Takes turns until the next would lift the sum above the limit; at least one. */
function gathered<Item>(queue: TurnQueue<Item>, limit: number, sizeOf: (item: Item) => number): Item[] {
  const taken: Item[] = [];
  let size = 0;
  for (let next = queue.next(); next !== undefined; next = queue.next()) {
    size += sizeOf(next.item);
    if (taken.length > 0 && size > limit) {
      queue.giveBack(next.origin, next.item);
      break;
    }
    taken.push(next.item);
  }
  return taken;
}
