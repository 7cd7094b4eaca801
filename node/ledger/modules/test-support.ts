/**
 * A consortium in memory whose admins act, propose and vote, one transaction a block. Its signatures are hashes under
 * the public key: enough to tell the right key, network and content from wrong ones.
 */
import { concatBytes, equalBytes, fromHex } from '../../../shared/codec/hex.ts';
import { possessionSigningBytes, type RegisteredKeyKind } from '../../../shared/codec/key-possession.ts';
import { sha256 } from '../../../shared/crypto/sha256.ts';
import type { MemberId, NetworkId, ValidatorId } from '../../../shared/types/brands.ts';
import {
  type ActionKind,
  defaultThresholds,
  type GovernedAction,
  type Threshold,
} from '../../../shared/types/governance.ts';
import type { CborValue, GenesisDocument, LedgerEvent, Rejection } from '../../../shared/types/ledger.ts';
import { executeBlock } from '../execute.ts';
import {
  createChain,
  exampleDocument,
  genesisIdentity,
  keyOf,
  type MemoryChain,
  startTime,
  transactionOf,
} from '../test-support.ts';
import type { ExecutedBlock } from '../types.ts';

export const verifySignature = (key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean => {
  const half = sha256(concatBytes(key, message));
  return equalBytes(concatBytes(half, half), signature);
};

/** By the key of this name, for a key of this kind, owner and member. */
export function possessionOf(
  network: NetworkId,
  name: string,
  kind: RegisteredKeyKind,
  owner: string,
  member: string,
): Uint8Array {
  const key = keyOf(name);
  const content = possessionSigningBytes(network, { key, kind, owner, member });
  const half = sha256(concatBytes(fromHex(key), content));
  return concatBytes(half, half);
}

export const keyBytes = (name: string): Uint8Array => fromHex(keyOf(name));

export const memberName = (index: number): string => `m${index + 1}`;

/** Members m1…, each with m1.admin and m1.submitter; the four validators are shared out. */
export function documentOf(
  members: number,
  thresholds: { readonly [kind in ActionKind]?: Threshold } = {},
  /** Absent: 1. */
  protocol?: number,
): GenesisDocument {
  const ids = Array.from({ length: members }, (_, index) => memberName(index));
  return {
    ...exampleDocument,
    members: ids.map((id) => ({ id: id as MemberId, name: `Member ${id}` })),
    validators: exampleDocument.validators.map((validator, index) => ({
      ...validator,
      id: `v${index + 1}` as ValidatorId,
      member: ids[index % members] as MemberId,
    })),
    identities: ids.flatMap((id) => [
      genesisIdentity(`${id}.admin`, id, ['admin']),
      genesisIdentity(`${id}.submitter`, id, ['submitter']),
    ]),
    governance: { thresholds: { ...defaultThresholds, ...thresholds } },
    ...(protocol !== undefined && { protocol }),
  };
}

export interface Done {
  readonly refusal?: Rejection;
  readonly events: readonly LedgerEvent[];
  readonly block: ExecutedBlock;
}

export interface Consortium {
  readonly chain: MemoryChain;
  /** Block time of the next action; tests move it. */
  time: number;
  /** Height of the next block. */
  height(): number;
  act(sender: string, action: string, args: CborValue): Done;
  propose(sender: string, actions: readonly GovernedAction[], lifetimeMs?: number): Done;
  vote(sender: string, proposal: number, approve?: boolean): Done;
  /** Proposed by m1's admin and approved by the others in turn; returns what the last one did. */
  decide(actions: readonly GovernedAction[], voters: readonly string[]): Done;
  newKey(
    name: string,
    owner: string,
    kind?: RegisteredKeyKind,
    /** Of the owner, if it is no validator and its id does not begin with it; m1 of other nodes. */
    member?: string,
  ): { readonly key: Uint8Array; readonly possession: Uint8Array };
}

export function createConsortium(document: GenesisDocument): Consortium {
  const chain = createChain(document);
  const memberOf = (owner: string): string =>
    document.validators.find(({ id }) => id === owner)?.member ??
    (owner.includes('.') ? owner.split('.')[0]! : 'm1');
  const { network } = chain.genesis;
  let proposals = 0;
  let height = 1;

  function act(sender: string, action: string, args: CborValue): Done {
    const options = { sender, expiresAt: consortium.time + 60_000 };
    const transaction = transactionOf(chain.genesis, action, args, options);
    const block = executeBlock({ ...chain.input([transaction], consortium.time), verifySignature });
    chain.apply(block);
    height += 1;
    const { outcome, events } = block.ran[0]!;
    return outcome.status === 'failed' ? { refusal: outcome.rejection, events, block } : { events, block };
  }

  function propose(sender: string, actions: readonly GovernedAction[], lifetimeMs = 3_600_000): Done {
    const args = { actions, reason: 'for a test', expiresAt: consortium.time + lifetimeMs };
    const done = act(sender, 'governance.propose', args);
    if (done.refusal === undefined) proposals += 1;
    return done;
  }

  const vote = (sender: string, proposal: number, approve = true): Done =>
    act(sender, 'governance.vote', { proposal, approve });

  const consortium: Consortium = {
    chain,
    time: startTime,
    height: () => height,
    act,
    propose,
    vote,
    decide: (actions, voters) => {
      const first = propose('m1.admin', actions);
      const number = proposals - 1;
      return voters.reduce((_done, voter) => vote(voter, number), first);
    },
    newKey: (name, owner, kind = 'identity', member = memberOf(owner)) => ({
      key: keyBytes(name),
      possession: possessionOf(network, name, kind, owner, member),
    }),
  };
  return consortium;
}

/** Types of events in their order. */
export const typesOf = ({ events }: Pick<Done, 'events'>): readonly string[] =>
  events.map(({ type }) => type);
