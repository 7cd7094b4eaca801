/**
 * Rotation of this node's keys while it runs: makes them, asks for them, and erases what is over. Nothing is
 * remembered: every block says again where each key stands (key-standing.ts). Which key signs, consensus and links
 * read from the ledger themselves.
 */
import { fromHex } from '../../shared/codec/hex.ts';
import { type KeyClaim, possessionSigningBytes } from '../../shared/codec/key-possession.ts';
import type { CborMap } from '../../shared/codec/structure.ts';
import type { NetworkId, PublicKey, Signature, TransactionId } from '../../shared/types/brands.ts';
import { rotationAheadMax } from '../../shared/types/epochs.ts';
import type { Rejection, Transaction } from '../../shared/types/ledger.ts';
import type { KeyKind } from '../crypto/keyring.ts';
import { pendingActivation } from '../ledger/modules/activation-records.ts';
import { readMembership } from '../ledger/modules/epochs.ts';
import { readKey, readKeysOf } from '../ledger/modules/keys.ts';
import { rotateAction } from '../ledger/modules/validator-actions.ts';
import { signOwn } from '../runtime/own-transaction.ts';
import type { LogPort, SignerPort } from '../runtime/ports.ts';
import type { SubmissionResult } from '../runtime/submission.ts';
import { type KeyStanding, type LedgerFacts, standingsOf } from './key-standing.ts';
import type { RotatingKeys } from './rotating-keys.ts';
import { RotationError } from './rotation-error.ts';
import { isUnderWay, refuseSecond, type UnderWayStage, whyNotMade } from './rotation-refusals.ts';

export interface RotationRequest {
  readonly kind: KeyKind;
  /** A key that is here and not on the ledger; one is made if it is not given. */
  readonly key?: PublicKey;
  /** The old consensus key authorises, unless ballots shall; a node key always needs ballots. */
  readonly byBallots?: boolean;
  readonly notBefore?: number;
  readonly deadlineMs?: number;
}

/**
 * `transaction`: asked for by the old key. `action`: what an admin proposes. `underWay`: this very key is on its way
 * already, and nothing was done.
 */
export type RotationAnswer = { readonly key: PublicKey } & (
  | { readonly transaction: TransactionId }
  | { readonly underWay: Pick<KeyStanding, 'activation' | 'at'> & { readonly stage: UnderWayStage } }
  | { readonly action: { readonly kind: string; readonly args: CborMap } }
);

export interface Rotation {
  /** A block is certified, or the node begins. */
  follow(): void;
  /** The same one again, such as when its answer was lost, is answered alike and makes nothing. @throws RotationError */
  request(request: RotationRequest): Promise<RotationAnswer>;
  standings(): readonly KeyStanding[];
  /** Resolves when no erasure is under way. */
  settled(): Promise<void>;
}

export interface RotationOptions {
  readonly network: NetworkId;
  readonly facts: () => LedgerFacts;
  readonly keys: RotatingKeys;
  readonly signer: SignerPort;
  readonly submit: (
    transactions: readonly Transaction[],
    done: (results: readonly SubmissionResult[]) => void,
  ) => void;
  /** Whether a transaction waits for its block here. */
  readonly isWaiting: (transaction: TransactionId) => boolean;
  readonly wallMs: () => number;
  readonly log: LogPort;
}

const isFor = ({ key }: RotationRequest, other: PublicKey): boolean => key === undefined || key === other;

const keyKinds = ['consensus', 'node'] as const satisfies KeyKind[];

/** Life of the transaction that asks. */
const lifetimeMs = 60_000;
/** What could not be erased is tried again after this. */
const eraseAgainMs = 60_000;

export function createRotation(options: RotationOptions): Rotation {
  const { network, facts, keys, signer, submit, isWaiting, wallMs, log } = options;
  const stages = new Map<PublicKey, string>();
  const failedAtMs = new Map<PublicKey, number>();
  const erasing = new Set<PublicKey>();
  /** Keys that this process made, and the height at which one of this node's had last been suspected by then. */
  const madeBehind = new Map<PublicKey, number | undefined>();
  let work: Promise<void> = Promise.resolve();
  let requests: Promise<unknown> = Promise.resolve();
  /** The last one that was submitted, and what was asked for. */
  let asked: { readonly request: RotationRequest; readonly answer: RotationAnswer } | undefined;

  const standings = (): readonly KeyStanding[] => standingsOf(facts(), keys.held());

  function follow(): void {
    const all = standings();
    for (const standing of all) tell(standing);
    for (const standing of all) if (standing.isToBeErased) erase(standing, all);
  }

  function tell({ publicKey, kind, stage, activation, at }: KeyStanding): void {
    if (stages.get(publicKey) === stage) return;
    stages.set(publicKey, stage);
    log.write('info', 'key-stage', { kind, key: publicKey, stage, activation, at });
  }

  /** One after the other: each takes a name that another had. */
  function erase(standing: KeyStanding, all: readonly KeyStanding[]): void {
    const { publicKey, kind, stage } = standing;
    const successor = all.find((one) => one.kind === kind && one.stage === 'in-use')?.publicKey;
    const isPaused = wallMs() - (failedAtMs.get(publicKey) ?? Number.NEGATIVE_INFINITY) < eraseAgainMs;
    if (successor === undefined || isPaused || erasing.has(publicKey)) return;
    if (!keys.isErasable(standing)) return;
    erasing.add(publicKey);
    work = work
      .then(() => keys.erase(standing, successor))
      .then(
        () => log.write('info', 'key-erased', { kind, key: publicKey, stage }),
        (error: unknown) => {
          failedAtMs.set(publicKey, wallMs());
          log.write('error', 'key-not-erased', { kind, key: publicKey, reason: String(error) });
        },
      )
      .finally(() => erasing.delete(publicKey));
  }

  async function request(wanted: RotationRequest): Promise<RotationAnswer> {
    const { kind } = wanted;
    const { self, state } = facts();
    const registered = readMembership(state).validators.find(({ id }) => id === self);
    if (registered === undefined) throw new RotationError('not-a-validator', { validator: self });
    const known = repeated(wanted);
    if (known !== undefined) return known;
    refuseSecond(kind, facts().state, standings());
    const byBallots = kind === 'node' || wanted.byBallots === true;
    requireFitting(wanted, byBallots);
    if (!byBallots) requireOldKey(registered.consensusKey);
    const key = await keyFor(wanted);
    const possession = await prove({ key, kind, owner: self, member: registered.member });
    const timing = {
      ...(wanted.notBefore !== undefined && { notBefore: wanted.notBefore }),
      ...(wanted.deadlineMs !== undefined && { deadlineMs: wanted.deadlineMs }),
    };
    if (!byBallots) {
      const args = { key: fromHex(key), possession, ...timing };
      const answer = { key, transaction: await submitRotation(registered.consensusKey, args) };
      asked = { request: wanted, answer };
      return answer;
    }
    const args = { id: self, key: fromHex(key), possession, ...(kind === 'consensus' && timing) };
    const action = kind === 'node' ? 'validators.replace-node-key' : 'validators.replace-consensus-key';
    return { key, action: { kind: action, args } };
  }

  /** The answer to what was asked for already: on the ledger, or on its way there. */
  function repeated(wanted: RotationRequest): RotationAnswer | undefined {
    const pending = wanted.kind === 'consensus' ? pendingActivation(facts().state) : undefined;
    const under = pending && standings().find(isUnderWay);
    if (pending === undefined || under === undefined) return submitted(wanted);
    const { publicKey: key, stage, activation, at } = under;
    const isSame = isFor(wanted, key) && (wanted.notBefore ?? pending.notBefore) === pending.notBefore;
    if (!isSame) return undefined;
    const underWay = {
      stage,
      ...(activation !== undefined && { activation }),
      ...(at !== undefined && { at }),
    };
    return { key, underWay };
  }

  function submitted(wanted: RotationRequest): RotationAnswer | undefined {
    if (asked === undefined || !('transaction' in asked.answer)) return undefined;
    const { request: before, answer } = asked;
    const names = ['kind', 'byBallots', 'notBefore', 'deadlineMs'] as const;
    const isSame = names.every((name) => wanted[name] === before[name]) && isFor(wanted, answer.key);
    return isSame && isWaiting(asked.answer.transaction) ? answer : undefined;
  }

  /** The ledger would refuse it, and a key would have been made for nothing. */
  function requireFitting({ kind, notBefore, deadlineMs }: RotationRequest, byBallots: boolean): void {
    if (kind === 'node' && (notBefore !== undefined || deadlineMs !== undefined)) {
      throw new RotationError('node-key-not-timed', {
        ...(notBefore !== undefined && { notBefore }),
        ...(deadlineMs !== undefined && { deadlineMs }),
      });
    }
    const latest = facts().certifiedHeight + rotationAheadMax;
    if (!byBallots && notBefore !== undefined && notBefore > latest)
      throw new RotationError('not-before-too-late', { notBefore, latest, aheadMax: rotationAheadMax });
  }

  function requireOldKey(key: PublicKey): void {
    if (!signer.keys().includes(key)) throw new RotationError('old-key-missing', { key });
    if (readKey(facts().state, key)?.suspected !== undefined)
      throw new RotationError('key-suspected', { key });
  }

  /** Height at which it was last said of a key of this node that somebody else may have it. */
  function suspectedAt(): number | undefined {
    const { self, state } = facts();
    const own = keyKinds.flatMap((kind) => readKeysOf(state, kind, self));
    const heights = own.flatMap(({ suspected }) => suspected?.at ?? []);
    return heights.length === 0 ? undefined : Math.max(...heights);
  }

  /** Whoever copied the key in use could copy what lay unused beside it: only one made since counts as nobody else's. */
  function isNobodyElses(key: PublicKey): boolean {
    const at = suspectedAt();
    return at === undefined || madeBehind.get(key) === at;
  }

  /** What an interrupted attempt left is taken up, so that files do not pile up. */
  async function keyFor({ kind, key }: RotationRequest): Promise<PublicKey> {
    const unused = standings().filter((one) => one.kind === kind && one.stage === 'created');
    if (key !== undefined) {
      if (!unused.some(({ publicKey }) => publicKey === key))
        throw new RotationError('key-not-unused', { key });
      return key;
    }
    const first = unused.find(({ publicKey }) => isNobodyElses(publicKey));
    if (first !== undefined) return first.publicKey;
    const at = suspectedAt();
    const made = await keys.create(kind).catch((error: unknown) => {
      throw whyNotMade(error, kind);
    });
    madeBehind.set(made, at);
    follow();
    return made;
  }

  async function prove(claim: KeyClaim): Promise<Signature> {
    const bytes = possessionSigningBytes(network, claim);
    const own = keys.prove(claim.key, bytes);
    if (own !== undefined) return own;
    const { epoch } = readMembership(facts().state);
    const signature = await new Promise<Signature | undefined>((resolve) =>
      signer.sign([{ epoch, key: claim.key, bytes }], ([one]) => resolve(one)),
    );
    if (signature === undefined) throw new RotationError('key-not-unused', { key: claim.key });
    return signature;
  }

  async function submitRotation(oldKey: PublicKey, args: CborMap): Promise<TransactionId> {
    const { epoch } = readMembership(facts().state);
    const expiresAt = Math.floor(wallMs()) + lifetimeMs;
    const command = { key: oldKey, epoch, action: rotateAction, args, expiresAt };
    const transaction = await new Promise<Transaction>((resolve) =>
      signOwn(network, signer, command, resolve),
    );
    const [result] = await new Promise<readonly SubmissionResult[]>((resolve) =>
      submit([transaction], resolve),
    );
    const status: string | Rejection = result?.status ?? 'node-stopped';
    if (status === 'accepted' || status === 'known') return transaction.id;
    const rejection = typeof status === 'string' ? { code: status, facts: {} } : status;
    throw new RotationError('rotation-refused', { reason: rejection.code, ...rejection.facts });
  }

  return {
    follow,
    standings,
    /** One at a time: two at once would make two keys. */
    request(asked) {
      const answer = requests.then(() => request(asked));
      requests = answer.catch(() => undefined);
      return answer;
    },
    settled: () => work,
  };
}
