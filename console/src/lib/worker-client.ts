/** Questions to a Web Worker and its answers, in any order. A worker that cannot go on is started anew. */
interface Waiting<Answer> {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

export type WorkerReply<Answer> =
  | { readonly id: number; readonly type: 'report'; readonly report: Answer }
  | { readonly id: number; readonly type: 'crashed'; readonly message: string };

export interface WorkerClient<Question, Answer> {
  readonly ask: (question: Question) => Promise<Answer>;
  /** Loads the worker before there is anything to ask. */
  readonly start: () => void;
}

/** @param make makes the worker; it is kept until it fails */
export function createWorkerClient<Question extends object, Answer>(
  make: () => Worker,
): WorkerClient<Question, Answer> {
  let worker: Worker | undefined;
  let lastId = 0;
  const waiting = new Map<number, Waiting<Answer>>();

  function started(): Worker {
    const fresh = make();
    fresh.onmessage = ({ data }: MessageEvent<WorkerReply<Answer>>) => receive(data);
    fresh.onerror = ({ message }) => abandon(message || 'The verification worker could not be started.');
    return fresh;
  }

  function receive(reply: WorkerReply<Answer>): void {
    const entry = waiting.get(reply.id);
    waiting.delete(reply.id);
    if (reply.type === 'crashed') entry?.reject(new Error(reply.message));
    else entry?.resolve(reply.report);
  }

  function abandon(message: string): void {
    for (const { reject } of waiting.values()) reject(new Error(message));
    waiting.clear();
    worker?.terminate();
    worker = undefined;
  }

  function start(): Worker {
    worker ??= started();
    return worker;
  }

  function ask(question: Question): Promise<Answer> {
    const target = start();
    const id = ++lastId;
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      target.postMessage({ ...question, id });
    });
  }

  return { ask, start };
}
