/**
 * A ledger in memory that its own activations lead through epochs: keys rotate, a validator joins, one leaves, a node
 * key and a parameter change. What a test commits besides stands in the epoch of its time.
 */
import { fromHex } from '../../../shared/codec/hex.ts';
import type { KeyClaim } from '../../../shared/codec/key-possession.ts';
import { decodeEnvelope } from '../../../shared/codec/ledger.ts';
import { heightOf } from '../../../shared/types/brands.ts';
import type { GovernedAction } from '../../../shared/types/governance.ts';
import type { CborValue, GenesisDocument, Transaction } from '../../../shared/types/ledger.ts';
import { defaultParameters } from '../../../shared/types/parameters.ts';
import { pendingActivation, readyDigest } from '../../ledger/modules/activation-records.ts';
import { readMembership } from '../../ledger/modules/epochs.ts';
import { readRecord } from '../../ledger/records.ts';
import { stateKeys } from '../../ledger/state-keys.ts';
import type { ExecutedBlock } from '../../ledger/types.ts';
import {
  appendArgs,
  genesisTime,
  keyOfRole,
  leaver,
  possessionOf,
  type TestKey,
  testEnvelope,
  testGenesis,
  testKey,
  validatorKeys,
} from './consortium.ts';
import { MemoryLedger } from './memory-ledger.ts';

const window = 2;
const shortWindow: GenesisDocument = { ...testGenesis, parameters: { ...defaultParameters, window } };
const joiner = testKey(5);
const joinerIncarnation = 'ee'.repeat(16);

interface CommittedBlock {
  readonly block: ExecutedBlock;
  readonly transactions: readonly Transaction[];
  /** State after it. */
  readonly state: ReadonlyMap<string, Uint8Array>;
}

export interface EpochLedger {
  readonly ledger: MemoryLedger;
  /** Without genesis. */
  readonly committed: readonly CommittedBlock[];
  /** Id of a transaction that ran in each epoch. */
  readonly transactions: readonly string[];
}

/** Epochs 0 to 5, the change that leads to each, and a transaction of its own in each. */
export function sixEpochs(): EpochLedger {
  const steward = new Steward();
  const { ledger } = steward;
  const transactions: string[] = [];
  const change = (...blocks: readonly (() => readonly Transaction[])[]): void => {
    const noted = steward.noted(`epoch ${readMembership(ledger.state).epoch}`);
    transactions.push(noted.id);
    steward.block([noted]);
    for (const sent of blocks) steward.block(sent());
    steward.untilHandedOver();
  };
  change(...steward.rotation('validator-1', validatorKeys[0]!, testKey(21)));
  change(
    () =>
      steward.decided({ kind: 'validators.add', args: steward.joining('validator-5', joiner, testKey(15)) }),
    () => [steward.ready('validator-5', joiner)],
    () => [testKey(21), ...validatorKeys.slice(1, 3)].map((by) => steward.attestation(by, 'validator-5')),
  );
  change(
    () => steward.decided(steward.newNodeKey('validator-2', testKey(32))),
    () => steward.decided(steward.newNodeKey('validator-2', testKey(42))),
    ...steward.rotation('validator-2', validatorKeys[1]!, testKey(22)),
  );
  change(() => steward.decided({ kind: 'validators.remove', args: { id: 'validator-4' } }));
  change(() => steward.decided({ kind: 'parameters.set', args: { set: { window: 3 } } }));
  const last = steward.noted('epoch 5');
  steward.block([last]);
  return { ledger, committed: steward.committed, transactions: [...transactions, last.id] };
}

class Steward {
  readonly ledger = new MemoryLedger(shortWindow);
  readonly committed: CommittedBlock[] = [];
  #time = genesisTime;

  /** Of which nothing is refused. */
  block(transactions: readonly Transaction[]): ExecutedBlock {
    this.#time += 1_000;
    const block = this.ledger.commit(transactions, this.#time);
    for (const { outcome } of block.ran)
      if (outcome.status === 'failed') throw new Error(`refused: ${JSON.stringify(outcome.rejection)}`);
    this.committed.push({ block, transactions, state: new Map(this.ledger.values) });
    return block;
  }

  untilHandedOver(): void {
    for (let blocks = 0; blocks <= 8; blocks += 1) if (this.block([]).boundary.kind === 'handover') return;
    throw new Error('nothing is scheduled');
  }

  send(action: string, args: CborValue, key?: TestKey): Transaction {
    const { network } = this.ledger;
    const expiresAt = this.#time + 60_000;
    return decodeEnvelope(testEnvelope({ network, action, args, expiresAt, ...(key && { key }) }));
  }

  noted(text: string): Transaction {
    return this.send('streams.append', appendArgs('epochs', text));
  }

  /** One member proposes, the other agrees. */
  decided(action: GovernedAction): readonly Transaction[] {
    const { state } = this.ledger;
    const proposal = readRecord<number>(state, stateKeys.proposalCount) ?? 0;
    const args = { actions: [action], reason: 'because', expiresAt: this.#time + 3_600_000 };
    return [
      this.send('governance.propose', args, keyOfRole.admin),
      this.send('governance.vote', { proposal, approve: true }, leaver),
    ];
  }

  rotation(id: string, from: TestKey, to: TestKey): readonly (() => readonly Transaction[])[] {
    const args = () => ({ key: fromHex(to.publicKey), possession: this.#possession(to, 'consensus', id) });
    return [() => [this.send('validator.rotate', args(), from)], () => [this.ready(id, to)]];
  }

  joining(id: string, consensus: TestKey, node: TestKey): GovernedAction['args'] {
    return {
      id,
      member: 'north',
      consensusKey: fromHex(consensus.publicKey),
      nodeKey: fromHex(node.publicKey),
      address: 'wss://127.0.0.1:7105',
      gateway: 'http://127.0.0.1:8105',
      incarnation: fromHex(joinerIncarnation),
      possession: {
        consensus: this.#possession(consensus, 'consensus', id),
        node: this.#possession(node, 'node', id),
      },
    };
  }

  newNodeKey(id: string, key: TestKey): GovernedAction {
    const possession = this.#possession(key, 'node', id);
    return { kind: 'validators.replace-node-key', args: { id, key: fromHex(key.publicKey), possession } };
  }

  ready(id: string, key: TestKey): Transaction {
    const { number } = pendingActivation(this.ledger.state)!;
    const registered = readMembership(this.ledger.state).validators.find((one) => one.id === id);
    const tip = this.ledger.block(this.ledger.indexedHeight())!;
    const args = {
      activation: number,
      incarnation: fromHex(registered?.incarnation ?? joinerIncarnation),
      height: tip.height,
      block: fromHex(tip.hash),
      protocol: 1,
    };
    return this.send('validator.ready', args, key);
  }

  attestation(by: TestKey, subject: string): Transaction {
    const { number, ready } = pendingActivation(this.ledger.state)!;
    const record = [...ready].find(([id]) => id === subject)!;
    const args = { activation: number, subject, ready: fromHex(readyDigest(number, ...record)) };
    return this.send('validator.attest', args, by);
  }

  #possession(key: TestKey, kind: KeyClaim['kind'], owner: string): Uint8Array {
    return possessionOf(this.ledger.network, key, kind, owner);
  }
}

/** First heights of the epochs, by the headers that hand over. */
export function firstHeights({ committed }: EpochLedger): readonly number[] {
  const over = committed.filter(({ block: { header } }) => header.nextEpoch !== header.epoch);
  return [heightOf(1), ...over.map(({ block }) => block.height + 1)];
}
