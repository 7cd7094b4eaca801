/**
 * A key that is to be registered: from its file, or from the proof that its owner made with `keys prove` and sent.
 * Private keys never leave this process.
 */
import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { z } from 'zod';
import { fromBase64Url, fromHex, toBase64Url } from '../../../shared/codec/hex.ts';
import {
  type KeyClaim,
  possessionSigningBytes,
  type RegisteredKeyKind,
  registeredKeyKinds,
} from '../../../shared/codec/key-possession.ts';
import type { NetworkId, PublicKey } from '../../../shared/types/brands.ts';
import { passphraseOf } from '../../config/passphrase.ts';
import { type PrivateKey, readKeyFile } from '../../crypto/key-files.ts';
import { keyPairOf, signWithSodium, verifyWithSodium } from '../../crypto/sodium.ts';
import { localError, usageError } from '../cli-error.ts';

export interface NewKeyOptions {
  readonly newKey?: string;
  readonly newKeyPassphraseFile?: string;
  readonly proof?: string;
}

/** As `keys prove` prints it, and as actions carry it. */
export interface KeyProof {
  readonly network: string;
  readonly kind: RegisteredKeyKind;
  readonly owner: string;
  readonly member: string;
  /** 64 hex digits. */
  readonly key: string;
  /** Base64url. */
  readonly possession: string;
}

const hex32 = z.string().regex(/^[0-9a-f]{64}$/, '64 lower-case hex digits');
const proofSchema = z.strictObject({
  network: hex32,
  kind: z.enum(registeredKeyKinds),
  owner: z.string(),
  member: z.string(),
  key: hex32,
  possession: z.string().regex(/^[A-Za-z0-9_-]{86}$/, '86 letters of base64url'),
});

export const newKeyOptions = (command: Command): Command =>
  command
    .option('--new-key <file>', 'key file of the new key')
    .option(
      '--new-key-passphrase-file <file>',
      'its passphrase (default: CONCORDAT_PASSPHRASE, else it is asked for)',
    )
    .addOption(
      new Option(
        '--proof <file>',
        'instead of the key itself: what its owner made with `keys prove`',
      ).conflicts('newKey'),
    );

/** @throws CliError, ConfigError, KeyFileError */
export async function newKeyOf(
  { newKey: file, newKeyPassphraseFile: passphraseFile, proof }: NewKeyOptions,
  claim: NewKeyClaim,
): Promise<Pick<KeyProof, 'key' | 'possession'>> {
  const { key, possession } = await proven({ file, passphraseFile, proof }, claim);
  return { key, possession };
}

interface Sources {
  readonly file?: string | undefined;
  readonly passphraseFile?: string | undefined;
  readonly proof?: string | undefined;
}
/** What the key is to be, and whose. */
export type NewKeyClaim = Pick<KeyProof, 'kind' | 'owner' | 'member'> & { readonly network: NetworkId };

/** @throws CliError, ConfigError, KeyFileError */
export async function proven(
  { file, passphraseFile, proof }: Sources,
  claim: NewKeyClaim,
): Promise<KeyProof> {
  if (proof !== undefined) return readProof(proof, claim);
  if (file !== undefined) return proofOf(file, passphraseFile, claim);
  throw usageError(
    'key-missing',
    `Which ${claim.kind} key shall ${claim.owner} have?`,
    {},
    'Name its file, or the proof that its owner made with `keys prove`.',
  );
}

/** Signed by the key in the file. @throws ConfigError, KeyFileError */
export async function proofOf(
  file: string,
  passphraseFile: string | undefined,
  claim: NewKeyClaim,
): Promise<KeyProof> {
  const passphrase = await passphraseOf({ file: passphraseFile, what: file });
  return proofBy(await readKeyFile(file, passphrase), claim);
}

/** Signed by this key. */
export function proofBy(
  { publicKey, seed }: PrivateKey,
  { network, kind, owner, member }: NewKeyClaim,
): KeyProof {
  const message = possessionSigningBytes(network, { key: publicKey, kind, owner, member });
  const possession = toBase64Url(signWithSodium(keyPairOf(seed).secretKey, message));
  return { network, kind, owner, member, key: publicKey, possession };
}

function readProof(file: string, claim: NewKeyClaim): KeyProof {
  const proof = parsed(file);
  const differs = (['network', 'kind', 'owner', 'member'] as const).find(
    (name) => proof[name] !== claim[name],
  );
  if (differs !== undefined) {
    const facts = { file, [differs]: proof[differs], expected: claim[differs] };
    const next =
      'Ask its owner for a proof that says this: a proof is for one network, kind, owner and member.';
    throw localError('proof-of-something-else', 'The proof is for something else.', facts, next);
  }
  const wanted: KeyClaim = { ...claim, key: proof.key as PublicKey };
  const message = possessionSigningBytes(claim.network, wanted);
  if (verifyWithSodium(fromHex(proof.key), message, fromBase64Url(proof.possession))) return proof;
  const next = 'Ask its owner for the file again, as `keys prove` printed it.';
  throw localError('possession-invalid', 'The proof does not verify.', { file, key: proof.key }, next);
}

function parsed(file: string): KeyProof {
  const text = readFileSync(file, 'utf8');
  const next = 'Name a file that holds what `keys prove` printed.';
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw localError('not-json', `${file} is not JSON.`, { file, reason }, next);
  }
  const read = proofSchema.safeParse(json);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const facts = { file, member: issue?.path.join('.'), expected: issue?.message };
  throw localError('not-a-proof', `${file} is no proof of possession.`, facts, next);
}
