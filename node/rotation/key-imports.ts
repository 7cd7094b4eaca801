/**
 * Keys that were made elsewhere, such as in an admin's browser, and are handed to this node while it runs. Each comes
 * encrypted to a recipient that was made for it alone, so that nothing between reads it, and is then held as if it had
 * been made here: encrypted beside the one in use, unused until somebody asks for it.
 */
import { createPrivateKey } from 'node:crypto';
import {
  ageRecipientOf,
  createDecryptionKey,
  readIdentityFile,
} from '../../shared/client/encryption-keys.ts';
import { type KeyRecipient, openSealedKey, recipientSigningBytes } from '../../shared/client/key-import.ts';
import { type KeyClaim, possessionSigningBytes } from '../../shared/codec/key-possession.ts';
import type { MemberId, NetworkId, PublicKey, Signature } from '../../shared/types/brands.ts';
import { ownNodeKeys } from '../address-book.ts';
import { decodePrivateKeyPem, privateKeyOf } from '../crypto/key-files.ts';
import type { KeyKind } from '../crypto/keyring.ts';
import { readMembership } from '../ledger/modules/epochs.ts';
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

export interface KeyImports {
  /** For one key, of this session; it takes the place of the one before. @throws RotationError */
  recipient(session: string, kind: KeyKind): Promise<SignedRecipient>;
  /** Durable when it resolves. The recipient is used up, whatever the answer. @throws RotationError */
  take(session: string, recipient: string, sealed: Uint8Array): Promise<ImportedKey>;
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

  async function take(offered: Offered, sealed: Uint8Array): Promise<ImportedKey> {
    const { kind, secret } = offered;
    const seed = await seedIn(sealed, secret);
    const key = privateKeyOf(seed).publicKey;
    const claim = await held(key, kind, seed).catch((error: unknown) => {
      seed.fill(0);
      throw whyNotMade(error, kind);
    });
    changed();
    return { ...claim, possession: keys.prove(key, possessionSigningBytes(network, claim))! };
  }

  async function held(
    key: PublicKey,
    kind: KeyKind,
    seed: Uint8Array,
  ): Promise<Omit<ImportedKey, 'possession'>> {
    requireNew(key);
    const claim = { key, kind, owner: facts().self, member: memberOf(kind) };
    await keys.hold(kind, seed);
    return claim;
  }

  function used(session: string, recipient: string): Offered {
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
    async take(session, recipient, sealed) {
      const offered = used(session, recipient);
      const imported = imports.then(() => take(offered, sealed));
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
