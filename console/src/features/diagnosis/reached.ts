/** What a browser can add to one node's account: whether those who are missing there answer here. */
import type { CauseJson } from '../../../../shared/api.ts';
import { listed } from './messages.ts';

/** The validators that the node cannot reach. */
export function missingIn(causes: readonly CauseJson[]): readonly string[] {
  const missing = causes.flatMap((cause) => {
    if (cause.code === 'quorum-unreachable' || cause.code === 'quorum-not-voting')
      return cause.facts.missing.map(({ validator }) => validator);
    return cause.code === 'validator-unreachable' ? [cause.facts.validator] : [];
  });
  return [...new Set(missing)].toSorted();
}

/** What is wrong, and whose turn it is, if gateways answer whose nodes cannot be reached; undefined if none does. */
export function cutInWords(node: string, answering: readonly string[]): string | undefined {
  if (answering.length === 0) return undefined;
  const names = listed(answering);
  const [answer, run] = answering.length === 1 ? ['answers', 'it runs'] : ['answer', 'they run'];
  return `${names} ${answer} this browser: ${run}, and the links between ${node} and ${names} are cut. The operators on both sides look at the network between them.`;
}
