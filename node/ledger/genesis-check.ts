/** What a genesis document must satisfy beyond its form, as a list of everything that is wrong with it. */
import {
  identityIdPattern,
  memberIdPattern,
  validatorIdPattern,
  validatorsMax,
} from '../../shared/codec/ids.ts';
import {
  type ActionKind,
  actionKinds,
  isAtLeast,
  type Threshold,
  thresholdPartsMax,
  thresholdsInForce,
} from '../../shared/types/governance.ts';
import type { GenesisDocument } from '../../shared/types/ledger.ts';
import { isReadableStream } from './readable-stream.ts';
import { isNfc, utf8Length } from './text.ts';

export interface GenesisProblem {
  /** Such as `validators[2].member`. */
  readonly path: string;
  readonly problem: string;
}

const hex32 = /^[0-9a-f]{64}$/;
const hex16 = /^[0-9a-f]{32}$/;

/** Empty if the document can found a network. */
export function checkGenesisDocument(document: GenesisDocument): readonly GenesisProblem[] {
  return [
    ...checkHead(document),
    ...checkParameters(document),
    ...checkMembers(document),
    ...checkValidators(document),
    ...checkIdentities(document),
    ...checkKeysUnique(document),
    ...checkThresholds(document),
  ];
}

function checkHead({ name, time, protocol }: GenesisDocument): readonly GenesisProblem[] {
  return [
    ...unless(
      protocol === undefined || (Number.isSafeInteger(protocol) && protocol >= 2),
      'protocol',
      'a version from 2 on, or absent, which means 1',
    ),
    ...unless(
      name.length > 0 && utf8Length(name) <= 200 && isNfc(name),
      'name',
      'NFC text of 1 to 200 bytes',
    ),
    ...unless(Number.isSafeInteger(time) && time >= 0, 'time', 'milliseconds since 1970'),
  ];
}

function checkParameters({ parameters }: GenesisDocument): readonly GenesisProblem[] {
  const problems = Object.entries(parameters).flatMap(([name, value]) =>
    unless(Number.isSafeInteger(value) && (value as number) > 0, `parameters.${name}`, 'a positive integer'),
  );
  const { envelopeBytesMax, batchBytesMax } = parameters;
  const fits = unless(
    envelopeBytesMax <= batchBytesMax,
    'parameters.envelopeBytesMax',
    'at most batchBytesMax, or no batch could take the largest envelope',
  );
  return [...problems, ...fits];
}

function checkMembers({ members }: GenesisDocument): readonly GenesisProblem[] {
  return [
    ...members.flatMap(({ id }, i) =>
      unless(memberIdPattern.test(id), `members[${i}].id`, `text like ${memberIdPattern.source}`),
    ),
    ...repeated(members.map(({ id }, i) => [`members[${i}].id`, id] as const)),
  ];
}

function checkValidators({ members, validators }: GenesisDocument): readonly GenesisProblem[] {
  const known = new Set<string>(members.map(({ id }) => id));
  return [
    ...unless(
      validators.length > 0 && validators.length <= validatorsMax,
      'validators',
      `1 to ${validatorsMax} validators`,
    ),
    ...validators.flatMap(({ id, member, consensusKey, nodeKey, incarnation }, i) => [
      ...unless(validatorIdPattern.test(id), `validators[${i}].id`, `text like ${validatorIdPattern.source}`),
      ...unless(known.has(member), `validators[${i}].member`, 'a member of the document'),
      ...unless(hex32.test(consensusKey), `validators[${i}].consensusKey`, '64 lower-case hex digits'),
      ...unless(hex32.test(nodeKey), `validators[${i}].nodeKey`, '64 lower-case hex digits'),
      ...unless(hex16.test(incarnation), `validators[${i}].incarnation`, '32 lower-case hex digits'),
    ]),
    ...repeated(validators.map(({ id }, i) => [`validators[${i}].id`, id] as const)),
    ...repeated(
      validators.map(({ incarnation }, i) => [`validators[${i}].incarnation`, incarnation] as const),
    ),
  ];
}

function checkIdentities({ members, identities }: GenesisDocument): readonly GenesisProblem[] {
  const known = new Set<string>(members.map(({ id }) => id));
  return [
    ...identities.flatMap(({ id, member, key, roles, encryptionKey, streams }, i) => [
      ...unless(identityIdPattern.test(id), `identities[${i}].id`, `text like ${identityIdPattern.source}`),
      ...unless(known.has(member), `identities[${i}].member`, 'a member of the document'),
      ...unless(hex32.test(key), `identities[${i}].key`, '64 lower-case hex digits'),
      ...unless(
        encryptionKey === undefined || hex32.test(encryptionKey),
        `identities[${i}].encryptionKey`,
        '64 lower-case hex digits',
      ),
      ...unless(
        streams === undefined || roles.includes('reader'),
        `identities[${i}].streams`,
        'absent for who is no reader',
      ),
      ...(streams ?? []).flatMap((stream, at) =>
        unless(
          isReadableStream(stream),
          `identities[${i}].streams[${at}]`,
          `the name of a stream, or the beginning of names and *`,
        ),
      ),
    ]),
    ...repeated(identities.map(({ id }, i) => [`identities[${i}].id`, id] as const)),
  ];
}

/** Nothing may be easier to change than what it takes to change it. */
function checkThresholds({ governance, recovery, protocol = 1 }: GenesisDocument): readonly GenesisProblem[] {
  const { thresholds } = governance;
  const inForce = thresholdsInForce(protocol, thresholds);
  const path = (kind: ActionKind): string => `governance.thresholds.${kind}`;
  const own = 'thresholds.set';
  return [
    ...actionKinds.flatMap((kind) => checkThreshold(path(kind), thresholds[kind])),
    ...checkThreshold('recovery.threshold', recovery.threshold),
    ...actionKinds.flatMap((kind) =>
      unless(
        isAtLeast(thresholds[own], thresholds[kind]),
        path(kind),
        `no more than ${own} needs, or it could be changed by fewer than it asks for`,
      ),
    ),
    ...actionKinds.flatMap((kind) =>
      unless(
        isAtLeast(thresholds[kind], inForce[kind]),
        path(kind),
        `what ${own} needs, since it changes who has a ballot, or who seals`,
      ),
    ),
  ];
}

function checkThreshold(path: string, { more: [part, of] }: Threshold): readonly GenesisProblem[] {
  const isWhole = Number.isSafeInteger(part) && Number.isSafeInteger(of);
  return unless(
    isWhole && part >= 0 && part < of && of <= thresholdPartsMax,
    path,
    `a part of the members below 1, in at most ${thresholdPartsMax} parts`,
  );
}

/** Rule E4: no key twice, whatever it is for. */
function checkKeysUnique({ validators, identities }: GenesisDocument): readonly GenesisProblem[] {
  return repeated([
    ...validators.map(({ consensusKey }, i) => [`validators[${i}].consensusKey`, consensusKey] as const),
    ...validators.map(({ nodeKey }, i) => [`validators[${i}].nodeKey`, nodeKey] as const),
    ...identities.map(({ key }, i) => [`identities[${i}].key`, key] as const),
  ]);
}

function repeated(entries: readonly (readonly [path: string, value: string])[]): readonly GenesisProblem[] {
  const first = new Map<string, string>();
  return entries.flatMap(([path, value]) => {
    const before = first.get(value);
    if (before === undefined) first.set(value, path);
    return before === undefined ? [] : [{ path, problem: `the same as ${before}` }];
  });
}

function unless(holds: boolean, path: string, expected: string): readonly GenesisProblem[] {
  return holds ? [] : [{ path, problem: `must be ${expected}` }];
}
