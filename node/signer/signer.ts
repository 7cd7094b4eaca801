/** Decides what a key signs: reads the bytes, remembers the slot on disk, then signs. */
import { CodecError } from '../../shared/codec/codec-error.ts';
import { isGivenUp } from '../../shared/codec/conflict.ts';
import { toHex } from '../../shared/codec/hex.ts';
import type { KeyClaim } from '../../shared/codec/key-possession.ts';
import { readSigned, type SignedContent } from '../../shared/codec/signed-content.ts';
import { isCborMap } from '../../shared/codec/structure.ts';
import type {
  Epoch,
  Height,
  NetworkId,
  PublicKey,
  Signature,
  ValidatorId,
} from '../../shared/types/brands.ts';
import type { CborValue, TransactionBody } from '../../shared/types/ledger.ts';
import type { SlotContent } from '../../shared/types/messages.ts';
import { SignerRefusal } from '../crypto/signer-refusal.ts';
import type { SignerStatus, SignItem } from '../crypto/signer-wire.ts';
import type { EpochChain, SignerEpoch } from './epoch-chain.ts';
import type { SignerKeys } from './signer-keys.ts';
import type { SlotRequest, VoteBook } from './vote-book.ts';

export interface SignerParts {
  readonly network: NetworkId;
  readonly validator: ValidatorId;
  readonly keys: SignerKeys;
  readonly book: VoteBook;
  readonly epochs: EpochChain;
}

export interface Signer {
  /** All or nothing, in order. @throws SignerRefusal, StorageError */
  sign(items: readonly SignItem[]): readonly Signature[];
  /** Makes another key; two orders at once make one. @throws SignerRefusal `keys-full`, `key-not-written` */
  create(): Promise<PublicKey>;
  /**
   * Erases a key that a followed hand-over has ended (rule E4), whatever the node says.
   * @throws SignerRefusal `key-not-held`, `key-not-over`, `key-without-successor`, `key-not-written`
   */
  erase(key: PublicKey): Promise<void>;
  /** Follows a hand-over. @throws SignerRefusal `link-invalid`, StorageError */
  advance(link: Uint8Array): Promise<{ readonly epoch: Epoch; readonly firstHeight: Height }>;
  status(): SignerStatus;
}

/** One in use, one to come, and what rotations that came to nothing left for the operator. */
const keysMax = 16;

/** What a validator says in its own name (design, section 6). */
const ownActions = /^(validator|activation)\./;
/** With which the old key names the one that follows it, without any ballot. */
const rotateAction = 'validator.rotate';

export function createSigner({ network, validator, keys, book, epochs }: SignerParts): Signer {
  let making: Promise<PublicKey> | undefined;
  let signed = 0;
  let refused = 0;

  function sign(items: readonly SignItem[]): readonly Signature[] {
    try {
      book.record(items.flatMap(({ key, bytes }) => slotRequest(key, contentOf(bytes))));
    } catch (error) {
      if (error instanceof SignerRefusal) refused += 1;
      throw error;
    }
    signed += items.length;
    return items.map(({ key, bytes }) => keys.sign(key, bytes) as Signature);
  }

  function slotRequest(key: PublicKey, content: SignedContent): SlotRequest[] {
    if (!keys.has(key)) throw new SignerRefusal('key-not-held', { key });
    if (content.network !== network)
      throw new SignerRefusal('other-network', { expected: network, found: content.network });
    switch (content.kind) {
      case 'slot':
        return [{ slot: content.slot, range: epochOf(content.slot.epoch, key).range, isOpenAnew }];
      case 'heartbeat':
        epochOf(content.epoch, key);
        return [];
      case 'transaction':
        checkOwn(key, content.body);
        return [];
      case 'presence':
        return [];
      case 'possession':
        checkClaim(key, content.claim);
        return [];
      case 'other':
        throw new SignerRefusal('domain-not-signed', { domain: content.domain });
    }
  }

  const isOpenAnew = (before: SlotContent, slot: SlotContent): boolean =>
    slot.epoch > before.epoch && epochs.givenUp().some((one) => isGivenUp(validator, before, slot, one));

  function epochOf(epoch: Epoch, key: PublicKey): SignerEpoch {
    const found = epochs.of(epoch);
    if (found === undefined)
      throw new SignerRefusal('epoch-unknown', { epoch, known: epochs.current().epoch });
    if (found.key !== key)
      throw new SignerRefusal('key-not-of-epoch', { epoch, key, registered: found.key ?? 'none' });
    return found;
  }

  function checkOwn(key: PublicKey, { network: named, sender, action, args }: TransactionBody): void {
    if (named !== network) throw new SignerRefusal('other-network', { expected: network, found: named });
    if (sender !== key) throw new SignerRefusal('other-sender', { key, sender });
    if (!ownActions.test(action)) throw new SignerRefusal('action-not-signed', { action });
    if (action === rotateAction) checkSuccessor(args);
  }

  /** Whoever has the node would else give the place of this key to one that signs whatever it is asked to. */
  function checkSuccessor(args: CborValue): void {
    const named =
      isCborMap(args) && args.key instanceof Uint8Array ? (toHex(args.key) as PublicKey) : undefined;
    if (named === undefined || !keys.has(named))
      throw new SignerRefusal('successor-not-held', { successor: named ?? 'none' });
  }

  /** That it holds its own key, and for its own validator; the member is known while that has a place in the set. */
  function checkClaim(key: PublicKey, { key: claimed, kind, owner, member }: KeyClaim): void {
    if (claimed !== key) throw new SignerRefusal('other-sender', { key, sender: claimed });
    const known = epochs.current().member ?? member;
    if (kind !== 'consensus' || owner !== validator || member !== known)
      throw new SignerRefusal('claim-not-signed', { kind, owner, member });
  }

  function create(): Promise<PublicKey> {
    making ??= makeKey().finally(() => {
      making = undefined;
    });
    return making;
  }

  async function makeKey(): Promise<PublicKey> {
    const held = keys.list().length;
    if (held >= keysMax) throw new SignerRefusal('keys-full', { held, max: keysMax });
    return written(keys.create());
  }

  async function erase(key: PublicKey): Promise<void> {
    if (!keys.has(key)) throw new SignerRefusal('key-not-held', { key });
    const { epoch, key: successor } = epochs.current();
    if (!epochs.isOver(key)) throw new SignerRefusal('key-not-over', { key, epoch });
    if (successor === undefined || !keys.has(successor))
      throw new SignerRefusal('key-without-successor', { key, successor: successor ?? 'none' });
    await written(keys.erase(key, successor));
  }

  async function advance(link: Uint8Array): Promise<{ readonly epoch: Epoch; readonly firstHeight: Height }> {
    const { epoch } = epochs.current();
    if (await epochs.follow(link)) book.addLink(epoch, link);
    return { epoch: epochs.current().epoch, firstHeight: epochs.current().range.first };
  }

  return {
    sign,
    create,
    erase,
    advance,
    status() {
      const { epoch, range } = epochs.current();
      const { highest, floor, askedView } = book.memory;
      return {
        network,
        validator,
        keys: keys.list(),
        epoch,
        firstHeight: range.first,
        highest: highest(),
        floor: floor(),
        askedView: askedView(epoch),
        signed,
        refused,
      };
    },
  };
}

/** Paths of files stay here. @throws SignerRefusal `key-not-written` */
async function written<Done>(work: Promise<Done>): Promise<Done> {
  try {
    return await work;
  } catch (error) {
    const { code } = error as { readonly code?: unknown };
    throw new SignerRefusal('key-not-written', { cause: typeof code === 'string' ? code : 'unknown' });
  }
}

/** @throws SignerRefusal `malformed` */
function contentOf(bytes: Uint8Array): SignedContent {
  try {
    return readSigned(bytes);
  } catch (error) {
    if (error instanceof CodecError) throw new SignerRefusal('malformed', { reason: error.message });
    throw error;
  }
}
