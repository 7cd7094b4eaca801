/** POST keys/recipient and keys/import, for admins of the member whose node this is. */
import {
  type KeysImportJson,
  type KeysRecipientJson,
  keysImportBodySchema,
  keysRecipientBodySchema,
} from '../../../shared/api.ts';
import { toBase64Url } from '../../../shared/codec/hex.ts';
import { RotationError, type RotationErrorCode } from '../../rotation/rotation-error.ts';
import type { Answer, GatewayContext } from '../context.ts';
import { bytesOfBase64Url, readJsonBody } from '../http/json-body.ts';
import { ProblemError } from '../http/problem-error.ts';
import { requireOwnMember } from './own-member.ts';
import type { HandlerRequest } from './table.ts';

export async function giveRecipient(
  context: GatewayContext,
  { contentType, body, caller }: HandlerRequest<'keysRecipient'>,
): Promise<Answer<KeysRecipientJson>> {
  requireOwnMember(context, caller);
  const { kind } = readJsonBody(keysRecipientBodySchema, contentType, body);
  const given = await context.keys.imports.recipient(caller.session.name, kind).catch(refuse);
  const { signature, ...said } = given;
  return { body: { ...said, signature: toBase64Url(signature) } };
}

export async function importKey(
  context: GatewayContext,
  { contentType, body, caller }: HandlerRequest<'keysImport'>,
): Promise<Answer<KeysImportJson>> {
  requireOwnMember(context, caller);
  const { recipient, ...sent } = readJsonBody(keysImportBodySchema, contentType, body);
  const sealed = bytesOfBase64Url(sent.sealed, 'sealed');
  const signature = bytesOfBase64Url(sent.signature, 'signature');
  const { identity, session } = caller;
  const taken = await context.keys.imports
    .take({ session: session.name, identity, recipient, sealed, signature })
    .catch(refuse);
  const { possession, key, kind, owner, member } = taken;
  context.log.write('info', 'key-imported', { by: identity, kind, key });
  return { body: { key, kind, owner, member, possession: toBase64Url(possession) } };
}

function refuse(error: unknown): never {
  if (!(error instanceof RotationError)) throw error;
  const detail = details[error.code] ?? `The key is not taken: ${error.code}.`;
  throw new ProblemError('key-import-refused', detail, { reason: error.code, ...error.facts });
}

/** Each with what to do. */
const details: { readonly [code in RotationErrorCode]?: string } = {
  'not-a-validator': 'This node has no place in the epoch: only a validator of it gets another key.',
  'rotation-under-way': 'A key of this kind is on its way already: wait for it, or withdraw it.',
  'activation-pending': 'Another change of the epoch is pending: wait for it.',
  'key-at-signer':
    'A signer keeps the keys of this kind and takes none from a node. Let it make one (rotate without a key of your own), or put one there by hand: `concordat keys add signer.yaml --kind consensus`, then rotate with --use PUBLIC_KEY.',
  'keys-full':
    'As many keys as may wait are here unused. Rotate to one of them, or erase some with `concordat keys erase`.',
  'node-key-missing':
    'The node does not hold the node key that the ledger names, and cannot vouch for a recipient: put its file back.',
  'recipient-not-offered':
    'This session has no such recipient, or used it already: each takes one key. Ask for another one and encrypt the key to that.',
  'recipient-expired': 'The recipient has expired. Ask for another one and encrypt the key to that.',
  'hand-over-unsigned':
    'The key of your identity did not sign for this key, validator, kind and recipient. A session is not enough: open your own key file, ask for another recipient, and sign for that one.',
  'admin-key-suspected':
    'The key of your identity may be in other hands, and hands nothing over. Have it replaced (`concordat identity replace-key`), or let another admin of the member hand the key over.',
  'not-own-admin':
    "Your identity is no active admin of the validator's member any more: an admin of it hands the key over.",
  'key-unreadable':
    'What came is not encrypted to this recipient, or was damaged on its way. Encrypt it anew.',
  'not-a-key': 'What was encrypted is no private key: an Ed25519 key as PKCS#8 PEM is expected.',
  'wrong-kind': 'What was encrypted is a key of another kind: an Ed25519 key as PKCS#8 PEM is expected.',
  'key-held': 'The node holds this very key already: rotate to it by its public key.',
  'key-used': 'The ledger knows this key already, and never registers one again. Make another.',
  'key-not-written': 'The file of the key could not be written: look at the disk of the node.',
};
