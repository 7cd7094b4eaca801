/** The known bugs that were asked for, word for word. The table may hold more; it must hold these. */
import type { Mutant } from './types.ts';

/** Bugs of one epoch, before there is governance. */
const orderingAsked: readonly string[] = [
  'drop the null batch',
  'take the lower view’s digest',
  'count a signer twice',
  'count the primary’s own PREPARE',
  'forget prepared state on view change',
  'accept outside the window',
  'window from certified but unexecuted height',
  'send before persist',
  'COMMIT before its certificate is durable',
  'PREPARE before bodies are durable (power loss on all)',
  'seal slot includes the view',
  'timer starts too early',
  'exact-view VIEW-CHANGEs only',
  'timer never reset',
  'cap without catch-up',
  'far view refused',
  'a later message overwrites the first',
  'f+1 where Q belongs',
  'nested signatures unchecked',
  'nested certificate checked against the wrong set',
  're-proposal refused as executed',
  're-proposal refused as expired',
  'state decides at acceptance',
  'duplicate skipped by the index instead of by state',
  'pairs pruned at < instead of ≤',
  'a skip leaves a leaf',
  'null batch with the primary’s time',
  'NEW-VIEW not re-sent',
  'clock stops at execution',
  'seals ignored during view change',
  'wiped validator votes',
  'PREPARE or COMMIT of an old view signed after a VIEW-CHANGE',
  'vote store pruned before the certificate is durable',
  'one VIEW-CHANGE slot across epochs',
];

/** Bugs at the boundary of two epochs. */
const epochsAsked: readonly string[] = [
  'old epoch counted',
  'old key accepted',
  'activation without drain',
  'nothing drives an idle activation',
  'more than E3 allows',
  'readiness read from the local network',
  'nextValidators taken from a withdrawn header',
  'next-epoch messages dropped',
  'old incarnation votes',
  'first view change of an epoch checked against the new set',
];

/** `further`: nobody asked for it by name. */
export type AskedList = 'ordering' | 'epochs' | 'further';

export const asked: Readonly<Record<Exclude<AskedList, 'further'>, readonly string[]>> = {
  ordering: orderingAsked,
  epochs: epochsAsked,
};

export const wordingOf = (mutant: Mutant): string => mutant.asked ?? mutant.name;

export function listOf(mutant: Mutant): AskedList {
  const wording = wordingOf(mutant);
  if (orderingAsked.includes(wording)) return 'ordering';
  return epochsAsked.includes(wording) ? 'epochs' : 'further';
}

/** As they were asked for, and then what nobody asked for, in the order of the table. */
export function inOrderOfAsking<Item>(
  items: readonly Item[],
  mutantOf: (item: Item) => Mutant,
): readonly Item[] {
  const wordings = [...orderingAsked, ...epochsAsked];
  const place = (item: Item): number => {
    const at = wordings.indexOf(wordingOf(mutantOf(item)));
    return at < 0 ? wordings.length : at;
  };
  return [...items].sort((one, other) => place(one) - place(other));
}
