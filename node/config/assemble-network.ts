/** A network.yaml from what the members agreed on and the part of each. */
import { stringify } from 'yaml';
import { z } from 'zod';
import { newestProtocol } from '../ledger/protocols.ts';
import { ConfigError, type ConfigProblem } from './errors.ts';
import { type NetworkDescription, parseNetwork } from './network-yaml.ts';
import { parseYaml, readConfigText } from './yaml-file.ts';

/** What an entry may hold is checked in the whole. */
const entries = z.array(z.record(z.string(), z.unknown())).optional();
const partSchema = z.strictObject({ members: entries, validators: entries, identities: entries });
const commonSchema = z.looseObject(partSchema.shape);

export interface AssembledNetwork {
  readonly text: string;
  readonly description: NetworkDescription;
}

const head = `# Assembled from the parts of all members. Every member founds with this very file, and compares the network id.
`;

/**
 * @param common name, parameters, thresholds; may hold members of its own
 * @param nowMs milliseconds since 1970: the time of the founding where `common` has none
 * @throws ConfigError `config-file-missing`, `config-not-yaml`, `config-invalid`, `description-incomplete`
 */
export function assembleNetwork(common: string, parts: readonly string[], nowMs: number): AssembledNetwork {
  const { members, validators, identities, ...rest } = readFile(common, commonSchema);
  const lists = parts.map((file) => ownPart(file, readFile(file, partSchema)));
  const all = (name: 'members' | 'validators' | 'identities', own: z.infer<typeof entries>) => [
    ...(own ?? []),
    ...lists.flatMap((list) => list[name] ?? []),
  ];
  const text =
    head +
    stringify({
      // Of the founding, to the second: it is compared by people.
      time: new Date(nowMs).toISOString().replace(/\.\d+Z$/, 'Z'),
      // Said, so that members with different software arrive at one network id.
      protocol: newestProtocol,
      ...rest,
      members: all('members', members),
      validators: all('validators', validators),
      identities: all('identities', identities),
    });
  const name = [common, ...parts].join(' + ');
  const description = parseNetwork(text, name);
  requireComplete(description, name);
  return { text, description };
}

type Part = z.infer<typeof partSchema>;

/**
 * A part speaks for one member: else it could give another one an admin, or a validator, that nobody there knows of.
 * @throws ConfigError `config-invalid`
 */
function ownPart(file: string, part: Part): Part {
  const { members = [], validators = [], identities = [] } = part;
  const [own] = members;
  if (own === undefined || members.length > 1)
    throw partRefused(file, [foreign('members', `${members.length}`, 'the one member whose part it is')]);
  const strangers = Object.entries({ validators, identities }).flatMap(([list, entries]) =>
    entries.flatMap(({ member }, index) =>
      member === own.id ? [] : [foreign(`${list}[${index}].member`, String(member), String(own.id))],
    ),
  );
  if (strangers.length > 0) throw partRefused(file, strangers);
  return part;
}

const partRefused = (file: string, problems: readonly ConfigProblem[]): ConfigError =>
  new ConfigError('config-invalid', { file, problems });

const foreign = (path: string, found: string, expected: string): ConfigProblem => ({ path, found, expected });

const readFile = <Value>(file: string, schema: z.ZodType<Value>): Value =>
  parseYaml(file, readConfigText(file), schema).value;

/**
 * What a description leaves open would be filled in by whoever founds with it: each by something else.
 * @throws ConfigError `description-incomplete`
 */
export function requireComplete(description: NetworkDescription, file: string): void {
  const { time, validators, identities } = description;
  const open: ConfigProblem[] = [
    ...(time === undefined ? [lacking('time', 'when it is founded, the same for all')] : []),
    ...validators.flatMap(({ consensusKey, nodeKey, incarnation }, index) => [
      ...(consensusKey === undefined
        ? [lacking(`validators[${index}].consensus_key`, 'its public key')]
        : []),
      ...(nodeKey === undefined ? [lacking(`validators[${index}].node_key`, 'its public key')] : []),
      ...(incarnation === undefined
        ? [lacking(`validators[${index}].incarnation`, 'that of its vote store')]
        : []),
    ]),
    ...identities.flatMap(({ key }, index) =>
      key === undefined ? [lacking(`identities[${index}].key`, 'its public key')] : [],
    ),
  ];
  if (open.length > 0) throw new ConfigError('description-incomplete', { file, problems: open });
}

const lacking = (path: string, expected: string): ConfigProblem => ({ path, found: 'nothing', expected });
