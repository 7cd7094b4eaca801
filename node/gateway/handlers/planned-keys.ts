/** The keys that somebody has to look after: those of all validators, and of the own member's identities. */
import type { PlannedKeyJson } from '../../../shared/api.ts';
import { toHex } from '../../../shared/codec/hex.ts';
import { heightOf, type MemberId, type PublicKey } from '../../../shared/types/brands.ts';
import { pendingActivation } from '../../ledger/modules/activation-records.ts';
import { readMembership } from '../../ledger/modules/epochs.ts';
import { readIdentity } from '../../ledger/modules/identities.ts';
import { readKey } from '../../ledger/modules/keys.ts';
import type { ValidatorData } from '../../ledger/modules/network.ts';
import { readObservers } from '../../ledger/modules/observers.ts';
import { readRecord } from '../../ledger/records.ts';
import { stateKeys } from '../../ledger/state-keys.ts';
import type { KeyStanding } from '../../rotation/key-standing.ts';
import type { GatewayContext } from '../context.ts';

type Use = PlannedKeyJson['use'];

export function plannedKeys(
  context: GatewayContext,
  standings: readonly KeyStanding[],
  member: MemberId,
): readonly PlannedKeyJson[] {
  const uses = new Map<PublicKey, Use>(registeredKeys(context, member));
  for (const { publicKey, stage } of standings)
    if (!uses.has(publicKey)) uses.set(publicKey, stage === 'created' ? 'unused' : 'retired');
  return [...uses].map(([key, use]) => plannedKey(context, key, use, standings));
}

/** A key that overlaps is retired already; a later entry of the same key says more. */
function registeredKeys({ genesis, queries, state }: GatewayContext, member: MemberId): [PublicKey, Use][] {
  const { validators } = readMembership(state);
  const time = queries.block(queries.certifiedHeight())?.header.time ?? 0;
  const ofValidators = validators.flatMap(({ id, consensusKey, nodeKey }): [PublicKey, Use][] => {
    const previous = readRecord<ValidatorData>(state, stateKeys.validator(id))?.previousNodeKey;
    const isOverlapping = previous !== undefined && previous.until > time;
    return [
      [consensusKey, 'in-use'],
      [nodeKey, 'in-use'],
      ...(isOverlapping ? [[toHex(previous.key) as PublicKey, 'overlapping'] as [PublicKey, Use]] : []),
    ];
  });
  const coming = (pendingActivation(state)?.changes ?? []).flatMap((change): [PublicKey, Use][] => {
    if (change.kind === 'consensus-key') return [[change.key, 'pending']];
    if (change.kind !== 'add') return [];
    return [
      [change.validator.consensusKey, 'pending'],
      [change.validator.nodeKey, 'pending'],
    ];
  });
  const observers = readObservers(state).map(({ nodeKey }): [PublicKey, Use] => [nodeKey, 'in-use']);
  const identities = genesis.identities.flatMap(({ id }): [PublicKey, Use][] => {
    const identity = readIdentity(state, id);
    return identity?.member === member && identity.status === 'active' ? [[identity.key, 'in-use']] : [];
  });
  return [...ofValidators, ...coming, ...observers, ...identities];
}

function plannedKey(
  { queries, self, state, genesis }: GatewayContext,
  key: PublicKey,
  use: Use,
  standings: readonly KeyStanding[],
): PlannedKeyJson {
  const here = standings.find(({ publicKey }) => publicKey === key);
  const registered = readKey(state, key);
  const held = here && { here: here.stage };
  if (registered === undefined) {
    const own = [...readMembership(state).validators, ...genesis.validators].find(({ id }) => id === self);
    return { key, kind: here?.kind ?? 'consensus', owner: self, member: own?.member ?? self, use, ...held };
  }
  const { kind, owner, member, since, until, suspected } = registered;
  const registeredAt = queries.block(heightOf(since))?.header.time;
  return {
    key,
    kind,
    owner,
    member,
    use,
    since,
    ...(registeredAt !== undefined && { registeredAt }),
    ...(until !== undefined && { until }),
    ...(suspected && { suspected: { ...suspected, since: { ...suspected.since }, by: { ...suspected.by } } }),
    ...held,
  };
}
