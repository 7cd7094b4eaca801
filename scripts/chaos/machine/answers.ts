/** Everything that a validator answers about a ledger that does not grow any more, for comparison. */
import { apiPrefix } from '../../../shared/api.ts';
import type { SignedIn } from '../../lib/signed-in.ts';

/** Path → what was answered. A problem is kept as its code. */
export type Answers = ReadonlyMap<string, Answer>;
export type Answer = { readonly body: string } | { readonly problem: string };

/** Nodes may hold different quorums of seals for one block, all of them right. */
const mayDiffer: ReadonlySet<string> = new Set(['seals', 'nowMs', 'requestId']);

const listed = [
  '/blocks?limit=100',
  '/transactions?limit=100',
  '/streams?limit=100',
  '/analytics?by=action&limit=20',
  '/analytics?by=sender&limit=20',
];

/** Questions about blocks up to `height` and about some transactions. @throws if the node stops answering */
export async function askEverything(
  gateway: string,
  session: SignedIn,
  height: number,
  questions: Questions,
): Promise<Answers> {
  const answers = new Map<string, Answer>();
  const paths = [
    ...listed,
    `/history/inclusion?height=1&at=${height}`,
    ...Array.from({ length: height }, (_, index) => `/blocks/${index + 1}`),
    ...questions.transactions.flatMap((id) => [`/transactions/${id}`, `/transactions/${id}/receipt`]),
    ...questions.streams.map((name) => `/streams/${encodeURIComponent(name)}`),
    ...questions.streams.map((name) => `/state/${encodeURIComponent(`streams/${name}`)}`),
  ];
  for (const path of paths) answers.set(path, await ask(session, `${gateway}${apiPrefix}${path}`));
  return answers;
}

export interface Questions {
  readonly transactions: readonly string[];
  readonly streams: readonly string[];
}

async function ask(session: SignedIn, url: string): Promise<Answer> {
  const response = await session.fetch(url, { signal: AbortSignal.timeout(10_000) });
  const json: unknown = await response.json();
  if (response.ok) return { body: JSON.stringify(json, (name, value) => (mayDiffer.has(name) ? 0 : value)) };
  return { problem: String((json as { readonly code?: unknown }).code) };
}

export interface Comparison {
  /** Answers that are neither the expected ones nor a problem that names damage. */
  readonly wrong: readonly string[];
  /** Questions that were answered with `data-damaged`. */
  readonly damaged: number;
}

export function compareAnswers(expected: Answers, found: Answers): Comparison {
  const wrong: string[] = [];
  let damaged = 0;
  for (const [path, answer] of expected) {
    const other = found.get(path);
    if (other !== undefined && 'problem' in other && other.problem === 'data-damaged') damaged += 1;
    else if (JSON.stringify(other) !== JSON.stringify(answer)) wrong.push(path);
  }
  return { wrong, damaged };
}
