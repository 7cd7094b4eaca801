/** The genesis document: the parsed values of a network's description, which the network id covers. */
import { digestOf } from '../crypto/digest.ts';
import type { Digest, IdentityId, Incarnation, MemberId, PublicKey, ValidatorId } from '../types/brands.ts';
import { actionKinds, type Threshold, type Thresholds } from '../types/governance.ts';
import {
  type CborValue,
  type GenesisDocument,
  type GenesisIdentity,
  type GenesisValidator,
  roles,
} from '../types/ledger.ts';
import { type NetworkParameters, parameterNames } from '../types/parameters.ts';
import { decode, encode } from './dag-cbor.ts';
import { fromHex } from './hex.ts';
import {
  identityIdPattern,
  memberIdPattern,
  readableStreamsMax,
  validatorIdPattern,
  validatorsMax,
} from './ids.ts';
import {
  type CborMap,
  mapOf,
  oneOf,
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

const documentVersion = 2;
const membersMax = 1024;
const identitiesMax = 100_000;

export const encodeGenesisDocument = (document: GenesisDocument): Uint8Array =>
  encode({
    version: document.version,
    name: document.name,
    time: document.time,
    parameters: parametersToCbor(document.parameters),
    members: document.members.map(({ id, name }) => ({ id, name })),
    validators: document.validators.map(genesisValidatorToCbor),
    identities: document.identities.map(identityToCbor),
    governance: { thresholds: thresholdsToCbor(document.governance.thresholds) },
    recovery: { threshold: thresholdToCbor(document.recovery.threshold) },
    ...(document.protocol !== undefined && { protocol: document.protocol }),
  });

const documentKeys = [
  'version',
  'name',
  'time',
  'parameters',
  'members',
  'validators',
  'identities',
  'governance',
  'recovery',
];

/** Throws CodecError. */
export const decodeGenesisDocument = (bytes: Uint8Array): GenesisDocument => {
  const path = 'genesis';
  const map = readMap(decode(bytes), path, documentKeys, ['protocol']);
  const governance = readMap(map.governance, `${path}.governance`, ['thresholds']);
  const recovery = readMap(map.recovery, `${path}.recovery`, ['threshold']);
  return {
    version: readConstant(map, 'version', path, documentVersion),
    name: readText(map, 'name', path),
    time: readCount(map, 'time', path),
    parameters: parametersFromCbor(map.parameters, `${path}.parameters`),
    members: readList(map, 'members', path, membersMax).map((item, i) =>
      memberFromCbor(item, `${path}.members[${i}]`),
    ),
    validators: readList(map, 'validators', path, validatorsMax).map((item, i) =>
      genesisValidatorFromCbor(item, `${path}.validators[${i}]`),
    ),
    identities: readList(map, 'identities', path, identitiesMax).map((item, i) =>
      identityFromCbor(item, `${path}.identities[${i}]`),
    ),
    governance: {
      thresholds: thresholdsFromCbor(governance.thresholds, `${path}.governance.thresholds`),
    },
    recovery: { threshold: thresholdFromCbor(recovery.threshold, `${path}.recovery.threshold`) },
    // Documents from before it could be named have none, and mean 1; nobody else writes that 1.
    ...('protocol' in map && { protocol: readCount(map, 'protocol', path, 2) }),
  };
};

/** Whether it is a document of a version before this one, which names neither thresholds nor recovery. */
export const isOlderGenesisDocument = (bytes: Uint8Array): boolean => {
  const { version } = mapOf(decode(bytes), 'genesis');
  return typeof version === 'number' && version < documentVersion;
};

/** The genesis header carries it as `batch`. */
export const genesisDocumentDigest = (document: GenesisDocument): Digest =>
  digestOf('genesis', encodeGenesisDocument(document));

const parametersToCbor = (parameters: NetworkParameters): CborMap =>
  Object.fromEntries(parameterNames.map((name) => [name, parameters[name]]));

const parametersFromCbor = (value: CborValue | undefined, path: string): NetworkParameters => {
  const map = readMap(value, path, parameterNames);
  const entries = parameterNames.map((name) => [name, readCount(map, name, path, 1)]);
  return Object.fromEntries(entries) as NetworkParameters;
};

const memberFromCbor = (value: CborValue, path: string): GenesisDocument['members'][number] => {
  const map = readMap(value, path, ['id', 'name']);
  return {
    id: readPattern<MemberId>(map, 'id', path, memberIdPattern),
    name: readText(map, 'name', path),
  };
};

const genesisValidatorToCbor = (validator: GenesisValidator): CborMap => ({
  id: validator.id,
  member: validator.member,
  consensusKey: fromHex(validator.consensusKey),
  nodeKey: fromHex(validator.nodeKey),
  address: validator.address,
  gateway: validator.gateway,
  incarnation: fromHex(validator.incarnation),
});

const genesisValidatorKeys = ['id', 'member', 'consensusKey', 'nodeKey', 'address', 'gateway', 'incarnation'];
const genesisValidatorFromCbor = (value: CborValue, path: string): GenesisValidator => {
  const map = readMap(value, path, genesisValidatorKeys);
  return {
    id: readPattern<ValidatorId>(map, 'id', path, validatorIdPattern),
    member: readPattern<MemberId>(map, 'member', path, memberIdPattern),
    consensusKey: readHex<PublicKey>(map, 'consensusKey', path, 32),
    nodeKey: readHex<PublicKey>(map, 'nodeKey', path, 32),
    address: readText(map, 'address', path),
    gateway: readText(map, 'gateway', path),
    incarnation: readHex<Incarnation>(map, 'incarnation', path, 16),
  };
};

const thresholdToCbor = ({ more }: Threshold): CborMap => ({ more });

const thresholdsToCbor = (thresholds: Thresholds): CborMap =>
  Object.fromEntries(actionKinds.map((kind) => [kind, thresholdToCbor(thresholds[kind])]));

const thresholdsFromCbor = (value: CborValue | undefined, path: string): Thresholds => {
  const map = readMap(value, path, actionKinds);
  const entries = actionKinds.map((kind) => [kind, thresholdFromCbor(map[kind], `${path}.${kind}`)]);
  return Object.fromEntries(entries) as Thresholds;
};

const isCount = (value: CborValue | undefined): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

const thresholdFromCbor = (value: CborValue | undefined, path: string): Threshold => {
  const map = readMap(value, path, ['more']);
  const more = readList(map, 'more', path, 2);
  const [part, of] = more;
  if (more.length !== 2 || !isCount(part) || !isCount(of) || part >= of)
    throw wrongValue(`${path}.more`, 'a part and a larger number of parts, such as [1, 2]', 'another list');
  return { more: [part, of] };
};

const identityToCbor = (identity: GenesisIdentity): CborMap => ({
  id: identity.id,
  member: identity.member,
  key: fromHex(identity.key),
  roles: identity.roles,
  ...(identity.encryptionKey !== undefined && { encryptionKey: fromHex(identity.encryptionKey) }),
  ...(identity.streams !== undefined && { streams: identity.streams }),
});

const identityFromCbor = (value: CborValue, path: string): GenesisIdentity => {
  const map = readMap(value, path, ['id', 'member', 'key', 'roles'], ['encryptionKey', 'streams']);
  return {
    id: readPattern<IdentityId>(map, 'id', path, identityIdPattern),
    member: readPattern<MemberId>(map, 'member', path, memberIdPattern),
    key: readHex<PublicKey>(map, 'key', path, 32),
    roles: readList(map, 'roles', path, roles.length).map((role, i) =>
      oneOf(role, `${path}.roles[${i}]`, roles),
    ),
    ...('encryptionKey' in map && { encryptionKey: readHex<string>(map, 'encryptionKey', path, 32) }),
    ...('streams' in map && {
      streams: readList(map, 'streams', path, readableStreamsMax).map((stream, i) =>
        textOf(stream, `${path}.streams[${i}]`),
      ),
    }),
  };
};
