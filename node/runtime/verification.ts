/** Two lanes to the verifier: votes, gathered while a call is in flight, and transactions in bounded runs. */
import type { VerificationItem, VerifierPort } from './ports.ts';
import type { SignatureCache, SignatureCheck } from './signatures.ts';
import { TurnQueue } from './turn-queue.ts';

export interface VoteLane {
  /** Answers true if every check holds. Those of one origin wait for each other only: origins take turns. */
  submit(checks: readonly SignatureCheck[], done: (valid: boolean) => void, origin?: string): void;
}

/** Checks in one call, so that nobody's votes wait long behind another's flood. A larger message goes alone. */
const votesPerRun = 256;

export function createVoteLane(verifier: VerifierPort, cache: SignatureCache): VoteLane {
  type Task = { readonly checks: readonly SignatureCheck[]; readonly done: (valid: boolean) => void };
  const waiting = new TurnQueue<Task>();
  let busy = false;

  function submit(checks: readonly SignatureCheck[], done: (valid: boolean) => void, origin = ''): void {
    const unknown = checks.filter((check) => !cache.has(check.name));
    if (unknown.length === 0) {
      done(true);
      return;
    }
    if (!busy && waiting.isEmpty) {
      verify([{ checks: unknown, done }]);
      return;
    }
    waiting.push(origin, { checks: unknown, done });
    if (!busy) run();
  }

  function run(): void {
    const tasks = gathered(waiting, votesPerRun, (task) => task.checks.length);
    if (tasks.length > 0) verify(tasks);
  }

  function verify(tasks: readonly Task[]): void {
    busy = true;
    const checks = tasks.flatMap((task) => task.checks);
    verifier.verify(
      checks.map((check) => check.item()),
      (valid) => {
        busy = false;
        finish(tasks, valid);
        if (!busy) run();
      },
    );
  }

  function finish(tasks: readonly Task[], valid: readonly boolean[]): void {
    let position = 0;
    for (const task of tasks) {
      let isValid = true;
      for (const check of task.checks) {
        if (valid[position] === true) cache.remember(check.name);
        else isValid = false;
        position += 1;
      }
      task.done(isValid);
    }
  }

  return { submit };
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
