/**
 * Recovery certificates: how a network goes on when a quorum is gone for good (docs/recovery.md). What the members'
 * admins sign travels as its bytes; the proofs of who they are, and their signatures, stand beside it.
 */
import { digestOf, signingBytes } from '../crypto/digest.ts';
import {
  type BlockHash,
  type Digest,
  type Epoch,
  type Height,
  heightOf,
  type IdentityId,
  type Incarnation,
  type MemberId,
  type NetworkId,
  type PublicKey,
  type Signature,
  type ValidatorId,
} from '../types/brands.ts';
import type { CborValue } from '../types/ledger.ts';
import type {
  RecoveryBase,
  RecoveryCertificate,
  RecoveryContent,
  RecoveryRecord,
  RecoverySeat,
  RecoverySignature,
  RecoveryStatement,
} from '../types/recovery.ts';
import { certificateFromCbor, certificateToCbor } from './certificate.ts';
import { CodecError } from './codec-error.ts';
import { decode, encode } from './dag-cbor.ts';
import { decodeHeader } from './header.ts';
import { fromHex, toHex } from './hex.ts';
import { identityIdPattern, memberIdPattern, validatorIdPattern, validatorsMax } from './ids.ts';
import {
  bytesOf,
  type CborMap,
  readBytes,
  readConstant,
  readCount,
  readHex,
  readList,
  readMap,
  readPattern,
  readText,
  textOf,
  wrongValue,
} from './structure.ts';
import { validatorSetFault } from './validator-set.ts';

/** As many as a window may ever leave between what is certified and what is sealed. */
export const recoveredBlocksMax = 512;
const reasonUnitsMax = 1_000;
const addressUnitsMax = 260;
const keyUnitsMax = 256;
const siblingsMax = 256;
/** A threshold, an index, and a record for each member and for each signer. */
const recordsMax = 2 * validatorsMax + 2;
const bounds = { bytesMax: 16 * 2 ** 20, itemsMax: 800_000 };

export const recoveryDomain = 'recovery';
export const recoveryStatementDomain = 'recovery-statement';

/** Names a recovery: what was signed, whoever signed it. */
export const recoveryDigest = (contentBytes: Uint8Array): Digest => digestOf(recoveryDomain, contentBytes);

/** What an admin signs. */
export const recoverySigningBytes = (network: NetworkId, contentBytes: Uint8Array): Uint8Array =>
  signingBytes(recoveryDomain, network, contentBytes);

/** @param epoch the one that ends */
export const statementSigningBytes = (
  network: NetworkId,
  epoch: Epoch,
  { validator, height, block }: Omit<RecoveryStatement, 'signature'>,
): Uint8Array =>
  signingBytes(recoveryStatementDomain, network, encode({ epoch, height, block: fromHex(block), validator }));

/** H: the last block that is kept. Throws CodecError if its header does not decode. */
export const lastHeaderOf = ({ base, headers }: Pick<RecoveryContent, 'base' | 'headers'>): Uint8Array =>
  headers.at(-1) ?? base.header;

/** Height of H. Throws CodecError. */
export const recoveryHeight = (content: Pick<RecoveryContent, 'base' | 'headers'>): Height =>
  heightOf(decodeHeader(content.base.header).height + content.headers.length);

export const seatToCbor = (seat: RecoverySeat): CborMap => ({
  id: seat.id,
  member: seat.member,
  consensusKey: fromHex(seat.consensusKey),
  nodeKey: fromHex(seat.nodeKey),
  address: seat.address,
  gateway: seat.gateway,
  incarnation: fromHex(seat.incarnation),
  possession: { ...seat.possession },
});

export const seatFromCbor = (value: CborValue | undefined, path: string): RecoverySeat => {
  const keys = ['id', 'member', 'consensusKey', 'nodeKey', 'address', 'gateway', 'incarnation', 'possession'];
  const map = readMap(value, path, keys);
  const possession = readMap(map.possession, `${path}.possession`, ['consensus', 'node']);
  return {
    id: readPattern<ValidatorId>(map, 'id', path, validatorIdPattern),
    member: readPattern<MemberId>(map, 'member', path, memberIdPattern),
    consensusKey: readHex<PublicKey>(map, 'consensusKey', path, 32),
    nodeKey: readHex<PublicKey>(map, 'nodeKey', path, 32),
    address: readBounded(map, 'address', path, addressUnitsMax),
    gateway: readBounded(map, 'gateway', path, addressUnitsMax),
    incarnation: readHex<Incarnation>(map, 'incarnation', path, 16),
    possession: {
      consensus: readBytes(possession, 'consensus', `${path}.possession`, 64) as Signature,
      node: readBytes(possession, 'node', `${path}.possession`, 64) as Signature,
    },
  };
};

export const statementToCbor = (statement: RecoveryStatement): CborMap => ({
  validator: statement.validator,
  height: statement.height,
  block: fromHex(statement.block),
  signature: statement.signature,
});

export const statementFromCbor = (value: CborValue | undefined, path: string): RecoveryStatement => {
  const map = readMap(value, path, ['validator', 'height', 'block', 'signature']);
  return {
    validator: readPattern<ValidatorId>(map, 'validator', path, validatorIdPattern),
    height: readCount<Height>(map, 'height', path),
    block: readHex<BlockHash>(map, 'block', path, 32),
    signature: readBytes(map, 'signature', path, 64) as Signature,
  };
};

export const recordToCbor = ({ key, value, proof }: RecoveryRecord): CborMap => ({
  key,
  value,
  siblings: proof.siblings.map(fromHex),
});

export const recordFromCbor = (value: CborValue | undefined, path: string): RecoveryRecord => {
  const map = readMap(value, path, ['key', 'value', 'siblings']);
  const siblings = readList(map, 'siblings', path, siblingsMax);
  return {
    key: readBounded(map, 'key', path, keyUnitsMax),
    value: readBytes(map, 'value', path),
    proof: {
      siblings: siblings.map((hash, i) => toHex(bytesOf(hash, `${path}.siblings[${i}]`, 32)) as Digest),
    },
  };
};

export const signatureToCbor = ({ identity, signature }: RecoverySignature): CborMap => ({
  identity,
  signature,
});

export const signatureFromCbor = (value: CborValue | undefined, path: string): RecoverySignature => {
  const map = readMap(value, path, ['identity', 'signature']);
  return {
    identity: readPattern<IdentityId>(map, 'identity', path, identityIdPattern),
    signature: readBytes(map, 'signature', path, 64) as Signature,
  };
};

export const baseToCbor = ({ header, certificate }: RecoveryBase): CborMap => ({
  header,
  ...(certificate === undefined ? {} : { certificate: certificateToCbor(certificate) }),
});

export const baseFromCbor = (value: CborValue | undefined, path: string): RecoveryBase => {
  const map = readMap(value, path, ['header'], ['certificate']);
  return {
    header: readBytes(map, 'header', path),
    ...('certificate' in map
      ? { certificate: certificateFromCbor(map.certificate, `${path}.certificate`) }
      : {}),
  };
};

export const encodeRecoveryContent = (content: RecoveryContent): Uint8Array =>
  encode({
    version: content.version,
    network: fromHex(content.network),
    epoch: content.epoch,
    base: baseToCbor(content.base),
    headers: content.headers,
    validators: content.validators.map(seatToCbor),
    reason: content.reason,
    survivors: content.survivors.map(statementToCbor),
    fenced: content.fenced,
  });

const contentKeys = [
  'version',
  'network',
  'epoch',
  'base',
  'headers',
  'validators',
  'reason',
  'survivors',
  'fenced',
];

/** Throws CodecError. */
export const decodeRecoveryContent = (bytes: Uint8Array): RecoveryContent => {
  const path = 'recovery';
  const map = readMap(decode(bytes, bounds), path, contentKeys);
  const validators = listed(map, 'validators', path, validatorsMax, seatFromCbor);
  const fault = validatorSetFault(validators, `${path}.validators`);
  if (fault !== undefined) throw new CodecError('wrong-value', fault);
  const survivors = listed(map, 'survivors', path, validatorsMax, statementFromCbor);
  requireAscending(
    survivors.map(({ validator }) => validator),
    `${path}.survivors`,
  );
  const fenced = listed(map, 'fenced', path, validatorsMax, validatorIdFromCbor);
  requireAscending(fenced, `${path}.fenced`);
  return {
    version: readConstant(map, 'version', path, 1),
    network: readHex<NetworkId>(map, 'network', path, 32),
    epoch: readCount<Epoch>(map, 'epoch', path, 1),
    base: baseFromCbor(map.base, `${path}.base`),
    headers: listed(map, 'headers', path, recoveredBlocksMax, bytesOf),
    validators,
    reason: readBounded(map, 'reason', path, reasonUnitsMax),
    survivors,
    fenced,
  };
};

export const encodeRecovery = ({ contentBytes, records, signatures }: RecoveryCertificate): Uint8Array =>
  encode({
    content: contentBytes,
    records: records.map(recordToCbor),
    signatures: signatures.map(signatureToCbor),
  });

/** Throws CodecError. */
export const decodeRecovery = (bytes: Uint8Array): RecoveryCertificate => {
  const path = 'recovery';
  const map = readMap(decode(bytes, bounds), path, ['content', 'records', 'signatures']);
  const contentBytes = readBytes(map, 'content', path);
  const records = listed(map, 'records', path, recordsMax, recordFromCbor);
  requireAscending(
    records.map(({ key }) => key),
    `${path}.records`,
  );
  const signatures = listed(map, 'signatures', path, validatorsMax, signatureFromCbor);
  requireAscending(
    signatures.map(({ identity }) => identity),
    `${path}.signatures`,
  );
  return { content: decodeRecoveryContent(contentBytes), contentBytes, records, signatures };
};

const listed = <Item>(
  map: CborMap,
  key: string,
  path: string,
  countMax: number,
  itemOf: (value: CborValue, path: string) => Item,
): readonly Item[] =>
  readList(map, key, path, countMax).map((item, i) => itemOf(item, `${path}.${key}[${i}]`));

const validatorIdFromCbor = (value: CborValue, path: string): ValidatorId => {
  const text = textOf(value, path);
  if (!validatorIdPattern.test(text)) throw wrongValue(path, validatorIdPattern.source, text.slice(0, 64));
  return text as ValidatorId;
};

const readBounded = (map: CborMap, key: string, path: string, unitsMax: number): string => {
  const text = readText(map, key, path);
  if (text.length < 1 || text.length > unitsMax)
    throw wrongValue(`${path}.${key}`, `1 to ${unitsMax} units`, text.length);
  return text;
};

/** Hence distinct: nobody counts twice. */
const requireAscending = (names: readonly string[], path: string): void => {
  const at = names.findIndex((name, i) => i > 0 && names[i - 1]! >= name);
  if (at >= 0) throw wrongValue(`${path}[${at}]`, `a name above '${names[at - 1]}'`, names[at]!);
};
