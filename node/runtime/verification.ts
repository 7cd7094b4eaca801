/** Two lanes to the verifier: votes, gathered while a call is in flight, and transactions in bounded runs. */
import type { VerificationItem, VerifierPort } from './ports.ts';
import type { SignatureCache, SignatureCheck } from './signatures.ts';

export interface VoteLane {
  /** Answers true if every check holds. */
  submit(checks: readonly SignatureCheck[], done: (valid: boolean) => void): void;
}

export function createVoteLane(verifier: VerifierPort, cache: SignatureCache): VoteLane {
  type Task = { readonly checks: readonly SignatureCheck[]; readonly done: (valid: boolean) => void };
  let waiting: Task[] = [];
  let busy = false;

  function submit(checks: readonly SignatureCheck[], done: (valid: boolean) => void): void {
    const unknown = checks.filter((check) => !cache.has(check.name));
    if (unknown.length === 0) {
      done(true);
      return;
    }
    waiting.push({ checks: unknown, done });
    if (!busy) run();
  }

  function run(): void {
    const tasks = waiting;
    waiting = [];
    if (tasks.length === 0) return;
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
      const answers = valid.slice(position, position + task.checks.length);
      position += task.checks.length;
      task.checks.forEach((check, index) => {
        if (answers[index] === true) cache.remember(check.name);
      });
      task.done(answers.length === task.checks.length && answers.every(Boolean));
    }
  }

  return { submit };
}

export interface TransactionLane {
  submit(items: readonly VerificationItem[], done: (valid: readonly boolean[]) => void): void;
}

/** One bounded run at a time: a vote waits behind at most one of them. */
export function createTransactionLane(verifier: VerifierPort, chunk: number): TransactionLane {
  type Task = {
    readonly items: readonly VerificationItem[];
    readonly answers: boolean[];
    readonly done: (valid: readonly boolean[]) => void;
  };
  const tasks: Task[] = [];
  let busy = false;

  function submit(items: readonly VerificationItem[], done: (valid: readonly boolean[]) => void): void {
    if (items.length === 0) {
      done([]);
      return;
    }
    tasks.push({ items, answers: [], done });
    run();
  }

  function run(): void {
    const handed = busy ? [] : nextRun();
    if (handed.length === 0) return;
    busy = true;
    verifier.verify(
      handed.map((entry) => entry.item),
      (valid) => {
        busy = false;
        handed.forEach((entry, index) => {
          entry.task.answers.push(valid[index] === true);
        });
        finish();
        run();
      },
    );
  }

  function nextRun(): { readonly task: Task; readonly item: VerificationItem }[] {
    const next: { task: Task; item: VerificationItem }[] = [];
    for (const task of tasks) {
      const from = task.answers.length;
      for (const item of task.items.slice(from, from + chunk - next.length)) next.push({ task, item });
      if (next.length >= chunk) break;
    }
    return next;
  }

  function finish(): void {
    for (let head = tasks[0]; head !== undefined; head = tasks[0]) {
      if (head.answers.length < head.items.length) return;
      tasks.shift();
      head.done(head.answers);
    }
  }

  return { submit };
}
