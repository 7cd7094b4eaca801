/**
 * network.yaml: what all replicas share, as people write it. It is input and never rewritten. Keys and
 * incarnations may be absent: then they are made on this machine (complete-network.ts), which suits a developer.
 */
import { z } from 'zod';
import {
  identityIdPattern,
  memberIdPattern,
  readableStreamsMax,
  validatorIdPattern,
  validatorsMax,
} from '../../shared/codec/ids.ts';
import { isAcceptableKey } from '../../shared/crypto/ed25519.ts';
import type { IdentityId, Incarnation, MemberId, PublicKey, ValidatorId } from '../../shared/types/brands.ts';
import type { GenesisDocument, GenesisIdentity, GenesisValidator } from '../../shared/types/ledger.ts';
import { roles } from '../../shared/types/ledger.ts';
import { defaultParameters, type NetworkParameters, parameterNames } from '../../shared/types/parameters.ts';
import { foundingProtocol, newestProtocol } from '../ledger/protocols.ts';
import { ConfigError, type ConfigProblem } from './errors.ts';
import { isLoopback, parseHostPort } from './host-port.ts';
import {
  recoveryOf,
  recoveryShape,
  thresholdProblems,
  thresholdsOf,
  thresholdsShape,
} from './thresholds-yaml.ts';
import { parseYaml, readConfigText, type YamlFile } from './yaml-file.ts';

/** Parsed values with every default filled in; keys stay absent where the file has none. */
export interface NetworkDescription {
  readonly name: string;
  /** Milliseconds since 1970; absent: the moment of founding. */
  readonly time?: number;
  readonly parameters: NetworkParameters;
  readonly members: readonly { readonly id: MemberId; readonly name: string }[];
  readonly validators: readonly DescribedValidator[];
  readonly identities: readonly DescribedIdentity[];
  readonly governance: GenesisDocument['governance'];
  readonly recovery: GenesisDocument['recovery'];
  /** Absent: the newest that the founding software knows. */
  readonly protocol?: number;
}
export type DescribedValidator = Pick<GenesisValidator, 'id' | 'member' | 'address' | 'gateway'> &
  Partial<Pick<GenesisValidator, 'consensusKey' | 'nodeKey' | 'incarnation'>>;
export type DescribedIdentity = Omit<GenesisIdentity, 'key'> & { readonly key?: PublicKey };

const text = z.string().min(1, 'text that is not empty').max(200, 'at most 200 characters');
const id = (pattern: RegExp) => z.string().regex(pattern, `text like ${pattern.source}`);
const hex = (digits: number) =>
  z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`), `${digits} lower-case hex digits, in quotes`);
const publicKey = hex(64).refine(isAcceptableKey, 'an Ed25519 public key of full order');
const hostPort = z.string().refine((value) => parseHostPort(value) !== undefined, 'host:port');
const gatewayUrl = z.string().refine(isGatewayUrl, 'http://host:port or https://host:port');
const count = z.int('a whole number').positive('a number above 0');

/** `batchLimit` is written `batch_limit`. */
const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const parametersShape = Object.fromEntries(parameterNames.map((name) => [snakeCase(name), count.optional()]));

const schema = z.strictObject({
  name: text,
  time: z.iso.datetime('a time such as 2026-01-31T12:00:00Z').optional(),
  parameters: z.strictObject(parametersShape).optional(),
  members: z.array(z.strictObject({ id: id(memberIdPattern), name: text })).min(1, 'at least one member'),
  validators: z
    .array(
      z.strictObject({
        id: id(validatorIdPattern),
        member: id(memberIdPattern),
        links: hostPort,
        gateway: gatewayUrl,
        consensus_key: publicKey.optional(),
        node_key: publicKey.optional(),
        incarnation: hex(32).optional(),
      }),
    )
    .min(1, 'at least one validator')
    .max(validatorsMax, `at most ${validatorsMax} validators`),
  identities: z
    .array(
      z.strictObject({
        id: id(identityIdPattern),
        member: id(memberIdPattern),
        roles: z.array(z.enum(roles)).min(1, 'at least one role'),
        key: publicKey.optional(),
        encryption_key: hex(64).optional(),
        streams: z
          .array(text)
          .min(1, 'at least one stream')
          .max(readableStreamsMax, `at most ${readableStreamsMax} streams`)
          .optional(),
      }),
    )
    .optional(),
  governance: z.strictObject({ thresholds: thresholdsShape.optional() }).optional(),
  recovery: recoveryShape.optional(),
  protocol: z
    .int('a whole number')
    .min(foundingProtocol, 'a version from 1 on')
    .max(newestProtocol, `at most ${newestProtocol}, the newest that this software knows`)
    .optional(),
});
type Written = z.infer<typeof schema>;

/** @throws ConfigError `config-file-missing`, `config-not-yaml`, `config-invalid` */
export const readNetwork = (file: string): NetworkDescription => parseNetwork(readConfigText(file), file);

/** @param file its name, for errors */
export function parseNetwork(yaml: string, file: string): NetworkDescription {
  const parsed = parseYaml<Written>(file, yaml, schema);
  const problems = [
    ...referenceProblems(parsed),
    ...repetitionProblems(parsed),
    ...gatewayProblems(parsed),
    ...streamProblems(parsed),
    ...thresholdProblems(parsed.value.governance?.thresholds, parsed.value.protocol, parsed.problem),
  ];
  if (problems.length > 0) throw new ConfigError('config-invalid', { file, problems });
  return descriptionOf(parsed.value);
}

function referenceProblems({ value, problem }: YamlFile<Written>): readonly ConfigProblem[] {
  const members = new Set(value.members.map((member) => member.id));
  const expected = `one of the members ${[...members].join(', ')}`;
  const of = (list: 'validators' | 'identities') =>
    (value[list] ?? []).flatMap(({ member }, index) =>
      members.has(member) ? [] : [problem([list, index, 'member'], expected)],
    );
  return [...of('validators'), ...of('identities')];
}

function repetitionProblems({ value, problem }: YamlFile<Written>): readonly ConfigProblem[] {
  const { members, validators, identities = [] } = value;
  const ids = (list: string, items: readonly { readonly id: string }[]) =>
    items.map((item, index) => ({ path: [list, index, 'id'], value: item.id }));
  const field = <Item>(list: string, items: readonly Item[], name: keyof Item & string) =>
    items.flatMap((item, index) =>
      item[name] === undefined ? [] : [{ path: [list, index, name], value: String(item[name]) }],
    );
  const groups = [
    ids('members', members),
    ids('validators', validators),
    ids('identities', identities),
    // One process each: no address twice, whatever listens there.
    [
      ...field('validators', validators, 'links'),
      ...validators.map(({ gateway }, index) => ({
        path: ['validators', index, 'gateway'],
        value: new URL(gateway).host,
      })),
    ],
    field('validators', validators, 'incarnation'),
    // Rule E4: no key twice, whatever it is for.
    [
      ...field('validators', validators, 'consensus_key'),
      ...field('validators', validators, 'node_key'),
      ...field('identities', identities, 'key'),
    ],
  ];
  return groups.flatMap((group) =>
    group
      .filter(({ value: own }, index) => group.findIndex((other) => other.value === own) < index)
      .map(({ path }) => problem(path, 'a value that is not used twice')),
  );
}

function gatewayProblems({ value, problem }: YamlFile<Written>): readonly ConfigProblem[] {
  return value.validators.flatMap(({ gateway }, index) => {
    const { protocol, hostname } = new URL(gateway);
    const safe = protocol === 'https:' || isLoopback(hostname.replace(/^\[|\]$/g, ''));
    return safe ? [] : [problem(['validators', index, 'gateway'], 'https:// for an address beyond loopback')];
  });
}

function streamProblems({ value, problem }: YamlFile<Written>): readonly ConfigProblem[] {
  return (value.identities ?? []).flatMap(({ roles: own, streams }, index) =>
    streams === undefined || own.includes('reader')
      ? []
      : [problem(['identities', index, 'streams'], 'the role reader, which alone is given streams')],
  );
}

function isGatewayUrl(value: string): boolean {
  const match = /^https?:\/\/([^/?#@]+)$/.exec(value);
  return match !== null && parseHostPort(match[1]!) !== undefined;
}

function descriptionOf(written: Written): NetworkDescription {
  const { name, time, members, validators, identities = [] } = written;
  return {
    name: name.normalize('NFC'),
    ...(time !== undefined && { time: Date.parse(time) }),
    parameters: parametersOf(written.parameters ?? {}),
    members: members.map((member) => ({ id: member.id as MemberId, name: member.name.normalize('NFC') })),
    validators: validators.map(validatorOf),
    identities: identities.map(identityOf),
    governance: { thresholds: thresholdsOf(written.governance?.thresholds ?? {}) },
    recovery: recoveryOf(written.recovery ?? {}),
    ...(written.protocol !== undefined && { protocol: written.protocol }),
  };
}

function parametersOf(written: { readonly [name: string]: number | undefined }): NetworkParameters {
  const entries = parameterNames.map((name) => [name, written[snakeCase(name)] ?? defaultParameters[name]]);
  return Object.fromEntries(entries) as NetworkParameters;
}

function validatorOf(written: Written['validators'][number]): DescribedValidator {
  const { consensus_key: consensusKey, node_key: nodeKey, incarnation } = written;
  return {
    id: written.id as ValidatorId,
    member: written.member as MemberId,
    address: `wss://${written.links}`,
    gateway: written.gateway,
    ...(consensusKey !== undefined && { consensusKey: consensusKey as PublicKey }),
    ...(nodeKey !== undefined && { nodeKey: nodeKey as PublicKey }),
    ...(incarnation !== undefined && { incarnation: incarnation as Incarnation }),
  };
}

function identityOf(written: NonNullable<Written['identities']>[number]): DescribedIdentity {
  return {
    id: written.id as IdentityId,
    member: written.member as MemberId,
    roles: written.roles,
    ...(written.key !== undefined && { key: written.key as PublicKey }),
    ...(written.encryption_key !== undefined && { encryptionKey: written.encryption_key }),
    ...(written.streams !== undefined && { streams: written.streams.map((name) => name.normalize('NFC')) }),
  };
}
