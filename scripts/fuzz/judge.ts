/** Runs one input and says which property it breaks, if any. */
import { type OpenTarget, type Outcome, type Property, PropertyBroken } from './target.ts';

export interface Broken {
  readonly property: Property;
  readonly message: string;
}
export type Judgement = { readonly outcome: Outcome } | { readonly broken: Broken };

const slowMs = 1_000;
/** Below this no run can have allocated enough to matter. */
const suspectMs = 40;
const memoryMax = 64 * 1024 * 1024;

export async function judge(target: OpenTarget, input: Uint8Array): Promise<Judgement> {
  const first = await once(target, input);
  if (first.elapsedMs < suspectMs || 'broken' in first.judgement) return first.judgement;
  // A pause of the machine is no fault of the input: the best of three counts.
  const again = [first, await once(target, input), await once(target, input)];
  const elapsedMs = Math.min(...again.map((run) => run.elapsedMs));
  const grown = Math.min(...again.map((run) => run.grown));
  if (elapsedMs > slowMs) return { broken: { property: 'time', message: `${Math.round(elapsedMs)} ms` } };
  if (grown > memoryMax) {
    return { broken: { property: 'memory', message: `${Math.round(grown / 2 ** 20)} MiB` } };
  }
  return first.judgement;
}

interface Run {
  readonly judgement: Judgement;
  readonly elapsedMs: number;
  /** Bytes of heap and buffers after minus before; a collection in between makes it smaller. */
  readonly grown: number;
}

async function once(target: OpenTarget, input: Uint8Array): Promise<Run> {
  const startedMs = performance.now();
  const judgement = await judged(target, input);
  const elapsedMs = performance.now() - startedMs;
  const grown = elapsedMs < suspectMs ? 0 : await growth(target, input);
  return { judgement, elapsedMs, grown };
}

async function growth(target: OpenTarget, input: Uint8Array): Promise<number> {
  const before = memory();
  await judged(target, input);
  return memory() - before;
}

function memory(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function judged(target: OpenTarget, input: Uint8Array): Promise<Judgement> {
  try {
    // Awaiting costs a turn: most targets answer at once.
    const answer = target.run(input);
    return { outcome: answer instanceof Promise ? await answer : answer };
  } catch (error) {
    if (error instanceof PropertyBroken) {
      return { broken: { property: error.property, message: error.message } };
    }
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { broken: { property: 'named-error', message } };
  }
}
