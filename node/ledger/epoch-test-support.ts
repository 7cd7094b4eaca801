/**
 * A consortium in memory for the tests of activations: n members with a validator and an admin each, keys by name,
 * signatures by a keyed hash, thresholds that one ballot reaches.
 */
import { concatBytes, fromHex } from '../../shared/codec/hex.ts';
import { type KeyClaim, possessionSigningBytes } from '../../shared/codec/key-possession.ts';
import { sealSigningBytes } from '../../shared/codec/messages.ts';
import { sha256 } from '../../shared/crypto/sha256.ts';
import { quorum } from '../../shared/protocol/quorum.ts';
import type {
  Incarnation,
  MemberId,
  NetworkId,
  PublicKey,
  Signature,
  ValidatorId,
} from '../../shared/types/brands.ts';
import { actionKinds, type GovernedAction, type Thresholds } from '../../shared/types/governance.ts';
import type {
  CborValue,
  Certificate,
  GenesisDocument,
  GenesisValidator,
  LedgerEvent,
  Transaction,
} from '../../shared/types/ledger.ts';
import type { NetworkParameters } from '../../shared/types/parameters.ts';
import { executeBlock } from './execute.ts';
import { pendingActivation, readyDigest } from './modules/activation-records.ts';
import { readMembership } from './modules/epochs.ts';
import { verifySignature } from './modules/test-support.ts';
import {
  createChain,
  exampleDocument,
  genesisIdentity,
  keyOf,
  type MemoryChain,
  startTime,
  transactionOf,
} from './test-support.ts';
import type { ExecutedBlock } from './types.ts';

export const signatureOf = (key: PublicKey, message: Uint8Array): Signature => {
  const half = sha256(concatBytes(fromHex(key), message));
  return concatBytes(half, half) as Signature;
};
/** Validator `v1` of member `m1`, and so on; `store` names its vote store. */
export function validatorNamed(id: string, store = 1): GenesisValidator {
  const number = Number(id.slice(1));
  return {
    id: id as ValidatorId,
    member: `m${number}` as MemberId,
    consensusKey: keyOf(`${id} consensus`),
    nodeKey: keyOf(`${id} node`),
    address: `wss://127.0.0.1:${7100 + number}`,
    gateway: `http://127.0.0.1:${8100 + number}`,
    incarnation: incarnationOf(id, store),
  };
}

export function incarnationOf(id: string, store: number): Incarnation {
  return keyOf(`${id} store ${store}`).slice(0, 32) as Incarnation;
}

/** Four members more than validators, with an admin each; so many of them decide anything. */
export function consortiumDocument(
  n: number,
  parameters: Partial<NetworkParameters> = {},
  ballots = 1,
): GenesisDocument {
  const members = n + 4;
  const names = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`);
  const needed = { more: [ballots - 1, members] as const };
  const thresholds = Object.fromEntries(actionKinds.map((kind) => [kind, needed])) as Thresholds;
  return {
    ...exampleDocument,
    governance: { thresholds },
    parameters: { ...exampleDocument.parameters, window: 3, ...parameters },
    members: names('m', members).map((id) => ({ id: id as MemberId, name: `Member ${id}` })),
    validators: names('v', n).map((id) => validatorNamed(id)),
    identities: names('m', members).map((id) => genesisIdentity(`${id}.admin`, id, ['admin'])),
  };
}

export interface Consortium extends MemoryChain {
  readonly blocks: readonly ExecutedBlock[];
  height(): number;
  /** One block with these transactions, `laterMs` after the one before. */
  block(transactions?: readonly Transaction[], laterMs?: number): ExecutedBlock;
  /** Empty blocks up to and with this height. */
  upTo(height: number): void;
  send(sender: string, action: string, args: CborValue): Transaction;
  /** What the members decide: a proposal that its own ballot carries. */
  decide(actions: readonly GovernedAction[], admin?: string): Transaction;
  rotate(id: string, from: string, to: string, args?: { readonly [name: string]: number }): Transaction;
  /** Signed by the key of this name. */
  ready(sender: string, id: string, change?: { readonly [name: string]: CborValue }): Transaction;
  /** Digest of the record that state holds, or zeroes. */
  readyNow(subject: string): Uint8Array;
  /** Of the record that state holds. */
  attest(by: string, subject: string, change?: { readonly [name: string]: CborValue }): Transaction;
}

/** What happened in a block, or the refusal of each of its transactions. */
export const refusals = ({ ran }: ExecutedBlock): readonly unknown[] =>
  ran.flatMap(({ outcome }) => (outcome.status === 'failed' ? [outcome.rejection] : []));
export const eventsOf = ({ opening, ran, closing }: ExecutedBlock): readonly LedgerEvent[] => [
  ...opening,
  ...ran.flatMap(({ events }) => events),
  ...closing,
];
/** Names of the events about activations and epochs. */
export const steps = (block: ExecutedBlock): readonly string[] =>
  eventsOf(block)
    .map(({ type }) => type)
    .filter((type) => type.startsWith('activation.') || type.startsWith('epochs.'));

/** Of the member that has the number of the owner, such as m2 of v2, unless another one is named. */
export function possessionOf(
  network: NetworkId,
  claim: Omit<KeyClaim, 'member'> & Partial<Pick<KeyClaim, 'member'>>,
): Uint8Array {
  const member = claim.member ?? `m${claim.owner.slice(1)}`;
  return signatureOf(claim.key, possessionSigningBytes(network, { ...claim, member }));
}

/** Arguments of `validators.add`. */
export function addition(network: NetworkId, validator: GenesisValidator): GovernedAction['args'] {
  const { id: owner, consensusKey, nodeKey, incarnation, ...rest } = validator;
  const { member } = rest;
  return {
    ...rest,
    id: owner,
    consensusKey: fromHex(consensusKey),
    nodeKey: fromHex(nodeKey),
    incarnation: fromHex(incarnation),
    possession: {
      consensus: possessionOf(network, { key: consensusKey, kind: 'consensus', owner, member }),
      node: possessionOf(network, { key: nodeKey, kind: 'node', owner, member }),
    },
  };
}

export const add = (
  network: NetworkId,
  id: string,
  timing: { readonly deadlineMs?: number } = {},
): GovernedAction => ({
  kind: 'validators.add',
  args: { ...addition(network, validatorNamed(id)), ...timing },
});
export const remove = (id: string): GovernedAction => ({ kind: 'validators.remove', args: { id } });
export const newKey = (network: NetworkId, id: string, name: string): GovernedAction => {
  const key = keyOf(name);
  const possession = possessionOf(network, { key, kind: 'consensus', owner: id });
  return { kind: 'validators.replace-consensus-key', args: { id, key: fromHex(key), possession } };
};
export const newStore = (id: string, store: number): GovernedAction => ({
  kind: 'validators.register-incarnation',
  args: { id, incarnation: fromHex(incarnationOf(id, store)) },
});

/** Q seals of the set that seals this block. */
export function certificateOf(
  { header, hash, height }: Pick<ExecutedBlock, 'header' | 'hash' | 'height'>,
  validators: readonly GenesisValidator[],
): Certificate {
  const { epoch } = header;
  const signers = validators.slice(0, quorum(validators.length));
  const seals = signers.map(({ id, consensusKey }) => {
    const content = { kind: 'seal', epoch, height, block: hash, sender: id } as const;
    const bytes = sealSigningBytes(header.network as NetworkId, content);
    return { validator: id, signature: signatureOf(consensusKey, bytes) };
  });
  return { epoch, height, block: hash, seals };
}

export function createConsortium(document: GenesisDocument): Consortium {
  const chain = createChain(document);
  const { network } = chain.genesis;
  const blocks: ExecutedBlock[] = [];
  let time = startTime;

  function block(transactions: readonly Transaction[] = [], laterMs = 10): ExecutedBlock {
    time += laterMs;
    const executed = executeBlock({ ...chain.input(transactions, time), verifySignature });
    chain.apply(executed);
    blocks.push(executed);
    return executed;
  }
  const height = (): number => blocks.length;
  const send = (sender: string, action: string, args: CborValue): Transaction =>
    transactionOf(chain.genesis, action, args, { sender, expiresAt: time + 60_000 });

  function readyNow(subject: string): Uint8Array {
    const pending = pendingActivation(chain.view);
    const ready = pending?.ready.get(subject as ValidatorId);
    if (pending === undefined || ready === undefined) return new Uint8Array(32);
    return fromHex(readyDigest(pending.number, subject as ValidatorId, ready));
  }

  return {
    ...chain,
    blocks,
    height,
    block,
    send,
    upTo: (last) => {
      while (height() < last) block();
    },
    decide: (actions, admin = 'm1.admin') =>
      send(admin, 'governance.propose', {
        actions: [...actions],
        reason: 'because',
        expiresAt: time + 3_600_000,
      }),
    rotate: (id, from, to, args = {}) => {
      const key = keyOf(to);
      const possession = possessionOf(network, { key, kind: 'consensus', owner: id });
      return send(from, 'validator.rotate', { key: fromHex(key), possession, ...args });
    },
    ready: (sender, id, change = {}) => {
      const pending = pendingActivation(chain.view);
      const incarnation = readMembership(chain.view).validators.find((one) => one.id === id)?.incarnation;
      return send(sender, 'validator.ready', {
        activation: pending?.number ?? 0,
        incarnation: fromHex(incarnation ?? incarnationOf(id, 1)),
        height: height(),
        block: fromHex(blocks.at(-1)?.hash ?? chain.genesis.hash),
        protocol: 1,
        ...change,
      });
    },
    readyNow,
    attest: (by, subject, change = {}) => {
      const activation = pendingActivation(chain.view)?.number ?? 0;
      const args = { activation, subject, ready: readyNow(subject), ...change };
      return send(`${by} consensus`, 'validator.attest', args);
    },
  };
}
