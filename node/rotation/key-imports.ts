/**
 * Keys that were made elsewhere, such as in an admin's browser, and are handed to this node while it runs. Each comes
 * encrypted to a recipient that was made for it alone, so that nothing between reads it, and is then held as if it had
 * been made here: encrypted beside the one in use, unused until somebody asks for it. An admin signed for that very key:
 * a session alone, which is all that a thief may have, brings none.
 */
import { createPrivateKey } from 'node:crypto';
import {
  ageRecipientOf,
  createDecryptionKey,
  readIdentityFile,
} from '../../shared/client/encryption-keys.ts';
import {
  encodeHandOver,
  type HandOver,
  handOverSigningBytes,
  type KeyRecipient,
  openSealedKey,
  recipientSigningBytes,
} from '../../shared/client/key-import.ts';
import { fromHex } from '../../shared/codec/hex.ts';
import { type KeyClaim, possessionSigningBytes } from '../../shared/codec/key-possession.ts';
import type { IdentityId, MemberId, NetworkId, PublicKey, Signature } from '../../shared/types/brands.ts';
import { ownNodeKeys } from '../address-book.ts';
import { decodePrivateKeyPem, privateKeyOf } from '../crypto/key-files.ts';
import type { KeyKind } from '../crypto/keyring.ts';
import { verifyWithSodium } from '../crypto/sodium.ts';
import { readMembership } from '../ledger/modules/epochs.ts';
import { readIdentity } from '../ledger/modules/identities.ts';
import { readKey } from '../ledger/modules/keys.ts';
import { type KeyStanding, type LedgerFacts, standingsOf } from './key-standing.ts';
import type { RotatingKeys } from './rotating-keys.ts';
import { RotationError } from './rotation-error.ts';
import { refuseSecond, whyNotMade } from './rotation-refusals.ts';

export interface SignedRecipient extends KeyRecipient {
  readonly kind: KeyKind;
  /** By the node key. */
  readonly signature: Signature;
}
/** Who holds it now, and its own word for that. */
export interface ImportedKey extends KeyClaim {
  readonly kind: KeyKind;
  readonly possession: Signature;
}

/** Who hands over, and what came of it. */
export interface HandedOver {
  readonly session: string;
  /** Whose session it is. */
  readonly identity: IdentityId;
  readonly recipient: string;
  readonly sealed: Uint8Array;
  /** By the key of the identity, over the key and the recipient. */
  readonly signature: Uint8Array;
}

export interface KeyImports {
  /** For one key, of this session; it takes the place of the one before. @throws RotationError */
  recipient(session: string, kind: KeyKind): Promise<SignedRecipient>;
  /** Durable when it resolves. The recipient is used up, whatever the answer. @throws RotationError */
  take(handedOver: HandedOver): Promise<ImportedKey>;
}

export interface KeyImportOptions {
  readonly network: NetworkId;
  readonly facts: () => LedgerFacts;
  readonly keys: RotatingKeys;
  /** Another key is held: where it stands is to be told. */
  readonly changed: () => void;
  readonly wallMs: () => number;
}

interface Offered {
  readonly recipient: string;
  readonly secret: string;
  readonly kind: KeyKind;
  readonly expiresAt: number;
}

/** Time enough to open a key file and find its passphrase. */
export const recipientLifeMs = 300_000;
/** What rotations that came to nothing left is taken up by the next ones: nobody needs more. */
const unusedMax = 16;

export function createKeyImports({ network, facts, keys, changed, wallMs }: KeyImportOptions): KeyImports {
  /** By session. */
  const offers = new Map<string, Offered>();
  let imports: Promise<unknown> = Promise.resolve();

  const standings = (): readonly KeyStanding[] => standingsOf(facts(), keys.held());

  async function recipient(session: string, kind: KeyKind): Promise<SignedRecipient> {
    memberOf(kind);
    const { publicKey, secret } = await createDecryptionKey();
    const nowMs = Math.floor(wallMs());
    for (const [name, { expiresAt }] of offers) if (expiresAt + recipientLifeMs <= nowMs) offers.delete(name);
    const offered = { recipient: ageRecipientOf(publicKey), kind, expiresAt: nowMs + recipientLifeMs };
    offers.set(session, { ...offered, secret });
    const said = { ...offered, validator: facts().self };
    return { ...said, signature: vouchFor(said) };
  }

  function vouchFor(said: KeyRecipient): Signature {
    const { state, self, time } = facts();
    const [key] = ownNodeKeys(state, self, time);
    const signature = key && keys.prove(key, recipientSigningBytes(network, said));
    if (signature === undefined) throw new RotationError('node-key-missing', { ...(key && { key }) });
    return signature;
  }

  async function take(offered: Offered, handedOver: HandedOver): Promise<ImportedKey> {
    const { kind, secret, recipient } = offered;
    const seed = await seedIn(handedOver.sealed, secret);
    const key = privateKeyOf(seed).publicKey;
    const said = { validator: facts().self, kind, recipient, key };
    const claim = await held(said, seed, handedOver).catch((error: unknown) => {
      seed.fill(0);
      throw whyNotMade(error, kind);
    });
    changed();
    return { ...claim, possession: keys.prove(key, possessionSigningBytes(network, claim))! };
  }

  async function held(
    said: HandOver,
    seed: Uint8Array,
    by: HandedOver,
  ): Promise<Omit<ImportedKey, 'possession'>> {
    const { key, kind, validator } = said;
    const member = memberOf(kind);
    requireSigned(said, member, by);
    requireNew(key);
    await keys.hold(kind, seed);
    return { key, kind, owner: validator, member };
  }

  /** As state has the admin and their key now. */
  function requireSigned(said: HandOver, own: MemberId, { identity: id, signature }: HandedOver): void {
    const { state } = facts();
    const identity = readIdentity(state, id);
    const isOwnAdmin =
      identity?.status === 'active' && identity.member === own && identity.roles.includes('admin');
    if (!isOwnAdmin) throw new RotationError('not-own-admin', { identity: id, member: own });
    const { key } = identity;
    if (readKey(state, key)?.suspected !== undefined)
      throw new RotationError('admin-key-suspected', { identity: id, key });
    const signed = handOverSigningBytes(network, encodeHandOver(said));
    if (!verifyWithSodium(fromHex(key), signed, signature))
      throw new RotationError('hand-over-unsigned', { identity: id, key });
  }

  function used({ session, recipient }: HandedOver): Offered {
    const offered = offers.get(session);
    if (offered?.recipient !== recipient) throw new RotationError('recipient-not-offered', { recipient });
    offers.delete(session);
    const { expiresAt } = offered;
    if (expiresAt <= wallMs()) throw new RotationError('recipient-expired', { recipient, expiresAt });
    return offered;
  }

  function requireNew(key: PublicKey): void {
    const { state } = facts();
    const registered = readKey(state, key);
    const held = standings().find(({ publicKey }) => publicKey === key);
    if (held !== undefined) throw new RotationError('key-held', { key, kind: held.kind, stage: held.stage });
    if (registered === undefined) return;
    const { kind, owner } = registered;
    throw new RotationError('key-used', { key, kind, owner });
  }

  /** Whose the key will be, where the node takes one now. */
  function memberOf(kind: KeyKind): MemberId {
    const { self, state } = facts();
    const registered = readMembership(state).validators.find(({ id }) => id === self);
    if (registered === undefined) throw new RotationError('not-a-validator', { validator: self });
    if (!keys.takes(kind)) throw new RotationError('key-at-signer', { validator: self, kind });
    const all = standings();
    refuseSecond(kind, state, all);
    const unused = all.filter((one) => one.kind === kind && one.stage === 'created').length;
    if (unused >= unusedMax) throw new RotationError('keys-full', { kind, unused, max: unusedMax });
    return registered.member;
  }

  return {
    recipient,
    /** One at a time: two at once could be the same key. */
    async take(handedOver) {
      const offered = used(handedOver);
      const imported = imports.then(() => take(offered, handedOver));
      imports = imported.catch(() => undefined);
      return imported;
    },
  };
}

/** @throws RotationError `key-unreadable`, `wrong-kind`, `not-a-key`, none of which says anything of what was read */
async function seedIn(sealed: Uint8Array, secret: string): Promise<Uint8Array> {
  const text = await openSealedKey(sealed, secret);
  if (text === undefined) throw new RotationError('key-unreadable', {});
  const seed = decodePrivateKeyPem(text);
  if (seed !== undefined) return seed;
  const isOther = isPrivateKey(text) || (await readIdentityFile(text)) !== undefined;
  throw new RotationError(isOther ? 'wrong-kind' : 'not-a-key', {});
}

/** Whatever it is for. */
function isPrivateKey(pem: string): boolean {
  try {
    createPrivateKey(pem);
    return true;
  } catch {
    return false;
  }
}
