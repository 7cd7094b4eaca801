/** What members and validators sign about epochs, made by the product's own codec. */
import { fromHex } from '../../shared/codec/hex.ts';
import { type KeyClaim, possessionSigningBytes } from '../../shared/codec/key-possession.ts';
import {
  decodeEnvelope,
  encodeEnvelope,
  encodeTransactionBody,
  transactionSigningBytes,
} from '../../shared/codec/ledger.ts';
import type { Incarnation, Nonce, PublicKey, ValidatorId } from '../../shared/types/brands.ts';
import type { GovernedAction } from '../../shared/types/governance.ts';
import type { CborValue, GenesisValidator, Transaction } from '../../shared/types/ledger.ts';
import { type Activation, type Ready, readyDigest } from '../ledger/modules/activation-records.ts';
import { type Founding, startWallMs } from './founding.ts';
import { signKeyed } from './keyed-hash.ts';

const lifeMs = 4_000;
/** While a proposal can be voted on. */
const proposalLifeMs = 5_000;

export interface Letters {
  propose(admin: PublicKey, actions: readonly GovernedAction[]): Transaction;
  vote(admin: PublicKey, proposal: number): Transaction;
  execute(admin: PublicKey, proposal: number): Transaction;
  withdraw(admin: PublicKey, activation: number): Transaction;
  /** Signed by the key before. */
  rotate(id: ValidatorId, from: PublicKey, to: PublicKey, deadlineMs: number): Transaction;
  /** `at`: the block that it has certified last. */
  ready(
    activation: number,
    key: PublicKey,
    incarnation: Incarnation,
    at: { readonly height: number; readonly hash: string },
  ): Transaction;
  attest(by: PublicKey, activation: Activation, subject: ValidatorId, ready: Ready): Transaction;
  add(validator: GenesisValidator, deadlineMs: number): GovernedAction;
  replaceKey(id: ValidatorId, key: PublicKey, deadlineMs: number): GovernedAction;
}

/** @param nowMs by clients' clocks, virtual time */
export function createLetters({ genesis, seats }: Founding, nowMs: () => number): Letters {
  const { network } = genesis;
  let serial = 0;

  function sign(sender: PublicKey, action: string, args: CborValue): Transaction {
    serial += 1;
    const bytes = encodeTransactionBody({
      version: 1,
      network,
      sender,
      nonce: serial.toString(16).padStart(32, 'e') as Nonce,
      expiresAt: Math.floor(startWallMs + nowMs() + lifeMs),
      action,
      args,
    });
    return decodeEnvelope(encodeEnvelope(bytes, signKeyed(sender, transactionSigningBytes(network, bytes))));
  }

  const possession = (key: PublicKey, kind: KeyClaim['kind'], owner: ValidatorId): Uint8Array => {
    const { member } = seats.get(owner)!;
    return signKeyed(key, possessionSigningBytes(network, { key, kind, owner, member }));
  };

  return {
    propose: (admin, actions) =>
      sign(admin, 'governance.propose', {
        actions: [...actions],
        reason: 'simulated',
        expiresAt: Math.floor(startWallMs + nowMs() + proposalLifeMs),
      }),
    vote: (admin, proposal) => sign(admin, 'governance.vote', { proposal, approve: true }),
    execute: (admin, proposal) => sign(admin, 'governance.execute', { proposal }),
    withdraw: (admin, activation) => sign(admin, 'activation.withdraw', { activation, reason: 'simulated' }),
    rotate: (owner, from, to, deadlineMs) =>
      sign(from, 'validator.rotate', {
        key: fromHex(to),
        possession: possession(to, 'consensus', owner),
        deadlineMs,
      }),
    ready: (activation, key, incarnation, { height, hash }) =>
      sign(key, 'validator.ready', {
        activation,
        incarnation: fromHex(incarnation),
        height,
        block: fromHex(hash),
        protocol: 1,
      }),
    attest: (by, { number }, subject, ready) =>
      sign(by, 'validator.attest', {
        activation: number,
        subject,
        ready: fromHex(readyDigest(number, subject, ready)),
      }),
    add: ({ id: owner, consensusKey, nodeKey, incarnation, ...rest }, deadlineMs) => ({
      kind: 'validators.add',
      args: {
        ...rest,
        id: owner,
        consensusKey: fromHex(consensusKey),
        nodeKey: fromHex(nodeKey),
        incarnation: fromHex(incarnation),
        possession: {
          consensus: possession(consensusKey, 'consensus', owner),
          node: possession(nodeKey, 'node', owner),
        },
        deadlineMs,
      },
    }),
    replaceKey: (owner, key, deadlineMs) => ({
      kind: 'validators.replace-consensus-key',
      args: {
        id: owner,
        key: fromHex(key),
        possession: possession(key, 'consensus', owner),
        deadlineMs,
      },
    }),
  };
}
