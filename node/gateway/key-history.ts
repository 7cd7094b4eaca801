/**
 * Who held which consensus and node key, in heights. A key is registered before it is in force: a consensus key, and
 * the node key of who joins, from the first height of an epoch on; a node key that replaces another at once.
 */
import type { HeldKeyJson, KeyHolderJson } from '../../shared/api.ts';
import { type Epoch, epochOf, type ValidatorId } from '../../shared/types/brands.ts';
import type { Membership } from '../../shared/types/epochs.ts';
import { type RegisteredKey, readKeysOf } from '../ledger/modules/keys.ts';
import { readObservers } from '../ledger/modules/observers.ts';
import type { StateView } from '../ledger/types.ts';
import { membershipOf } from './proofs.ts';

/** A validator, present or former, or an observer. */
interface Holder {
  readonly id: ValidatorId;
  readonly member: string;
  readonly standing: KeyHolderJson['standing'];
  /** First height of the first epoch in which it votes; of an observer none. */
  readonly joined?: number;
  /** By consensus key: heights of the epochs with it. */
  readonly sealing: ReadonlyMap<string, Span>;
}

/** From `from` on and below `until`, which is open while nothing ended it. */
interface Span {
  readonly from: number;
  readonly until?: number;
}

/** Every validator there ever was and every present observer, sorted by id. @param last the newest epoch that has begun */
export function keyHistory(state: StateView, last: Epoch): readonly KeyHolderJson[] {
  const epochs = Array.from({ length: last + 1 }, (_, epoch) => membershipOf(state, epochOf(epoch)));
  const holders = [...validatorsOf(epochs), ...observersOf(state)];
  return holders
    .map((holder) => holderJson(state, holder))
    .sort((one, other) => (one.id < other.id ? -1 : 1));
}

function validatorsOf(epochs: readonly Membership[]): readonly Holder[] {
  const holders = new Map<string, Holder & { readonly sealing: Map<string, Span> }>();
  for (const [index, { validators, firstHeight }] of epochs.entries()) {
    const until = epochs[index + 1]?.firstHeight;
    for (const { id, member, consensusKey } of validators) {
      const holder = holders.get(id) ?? {
        id,
        member,
        standing: 'former' as const,
        joined: firstHeight,
        sealing: new Map<string, Span>(),
      };
      const from = holder.sealing.get(consensusKey)?.from ?? firstHeight;
      holder.sealing.set(consensusKey, { from, ...(until === undefined ? {} : { until }) });
      holders.set(id, holder);
    }
  }
  const present = new Set(epochs.at(-1)?.validators.map(({ id }) => id));
  return [...holders.values()].map((holder) =>
    present.has(holder.id) ? { ...holder, standing: 'validator' } : holder,
  );
}

function observersOf(state: StateView): readonly Holder[] {
  return readObservers(state).map(({ id, member }) => ({
    id,
    member,
    standing: 'observer',
    sealing: new Map(),
  }));
}

function holderJson(state: StateView, holder: Holder): KeyHolderJson {
  const { id, member, standing, joined = 0 } = holder;
  const consensus = readKeysOf(state, 'consensus', id).map((key) =>
    heldKey(key, 'consensus', holder.sealing.get(key.key) ?? retirement(key)),
  );
  const node = readKeysOf(state, 'node', id).map((key) =>
    heldKey(key, 'node', { ...retirement(key), from: Math.max(key.since, joined) }),
  );
  return { id, member, standing, keys: [...consensus, ...node] };
}

const retirement = ({ until }: RegisteredKey): Partial<Span> => (until === undefined ? {} : { until });

function heldKey(
  { key, since, suspected }: RegisteredKey,
  kind: HeldKeyJson['kind'],
  held: Partial<Span>,
): HeldKeyJson {
  return {
    kind,
    key,
    registered: since,
    ...held,
    ...(suspected && { suspected: { since: suspected.since, reason: suspected.reason } }),
  };
}
