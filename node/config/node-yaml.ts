/** node.yaml: what is local to one node. Relative paths start at the folder of the file. */
import { dirname, resolve } from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import { validatorIdPattern } from '../../shared/codec/ids.ts';
import type { ValidatorId } from '../../shared/types/brands.ts';
import { ConfigError } from './errors.ts';
import { type HostPort, isLoopback, parseHostPort } from './host-port.ts';
import { isNetwork } from './networks.ts';
import { parseYaml, readConfigText } from './yaml-file.ts';

export interface NodeConfigFile {
  /** Id of the node; observers share the validators' namespace. */
  readonly validator: ValidatorId;
  /** It follows and never votes, whatever the ledger has under its id. */
  readonly observes: boolean;
  /** All paths are absolute. */
  readonly genesisFile: string;
  readonly storageDirectory: string;
  /** Either this, or a signer that holds the key; an observer has neither. */
  readonly consensusKeyFile?: string;
  /** Path of the socket of `concordat signer`. */
  readonly signerSocket?: string;
  readonly nodeKeyFile: string;
  /** Absent: from the environment or a prompt. */
  readonly passphraseFile?: string;
  readonly links: HostPort;
  /** `wss://host:port` of nodes that are asked too while those that the ledger names are not found (rule C1). */
  readonly bootstrap: readonly string[];
  readonly gateway: HostPort;
  /** Other addresses under which clients and browsers reach the gateway, such as a load balancer's. */
  readonly gatewayOrigins: readonly string[];
  /** Addresses and networks such as `10.0.0.0/24` whose word is taken for whom they forward. */
  readonly trustedProxies: readonly string[];
  /** Loopback: where Prometheus may ask without signing in. */
  readonly metrics?: HostPort;
  /** PEM files. */
  readonly gatewayTls?: { readonly keyFile: string; readonly certificateFile: string };
  /** Threads that verify signatures. */
  readonly verifierWorkers: number;
  readonly log: { readonly level: LogLevelName; readonly file?: string };
  readonly snapshots: SnapshotConfig;
}

export interface SnapshotConfig {
  /** Snapshots of state are taken at multiples of this height; 0 takes none. Equal on all nodes to be of use. */
  readonly everyBlocks: number;
  readonly keep: number;
  /** Whether a node that is far behind takes in a snapshot instead of executing every block. */
  readonly join: boolean;
}

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevelName = (typeof logLevels)[number];

export const path = z.string().min(1, 'a path');
const hostPort = z.string().refine((value) => parseHostPort(value) !== undefined, 'host:port');
const loopbackPort = z
  .string()
  .refine(
    (value) => isLoopback(parseHostPort(value)?.host ?? ''),
    '127.0.0.1:port: metrics ask for no sign-in',
  );
const nodeId = z.string().regex(validatorIdPattern, `text like ${validatorIdPattern.source}`);
const linkAddress = z
  .string()
  .refine(
    (value) => /^wss:\/\//.test(value) && parseHostPort(value.slice(6)) !== undefined,
    'wss://host:port',
  );
const network = z.string().refine(isNetwork, 'an IP address, or a network such as 10.0.0.0/24');
const schema = z.strictObject({
  validator: nodeId.optional(),
  observer: nodeId.optional(),
  genesis: path,
  storage: path,
  keys: z.strictObject({ consensus: path.optional(), node: path, passphrase_file: path.optional() }),
  signer: z.strictObject({ socket: path }).optional(),
  links: z.strictObject({ listen: hostPort, bootstrap: z.array(linkAddress).optional() }),
  gateway: z.strictObject({
    listen: hostPort,
    tls: z.strictObject({ key: path, certificate: path }).optional(),
    origins: z.array(z.string().regex(/^https?:\/\/[^/?#@\s]+$/, 'http(s)://host:port')).optional(),
    trusted_proxies: z.array(network).optional(),
  }),
  metrics: z.strictObject({ listen: loopbackPort }).optional(),
  verifier_workers: z
    .int('a whole number')
    .min(0, 'a number from 0 to 16')
    .max(16, 'a number from 0 to 16')
    .optional(),
  log: z.strictObject({ level: z.enum(logLevels).optional(), file: path.optional() }).optional(),
  snapshots: z
    .strictObject({
      every_blocks: z
        .int('a whole number')
        .min(0, 'a number from 0 to 1000000')
        .max(1_000_000, 'a number from 0 to 1000000')
        .optional(),
      keep: z
        .int('a whole number')
        .min(1, 'a number from 1 to 16')
        .max(16, 'a number from 1 to 16')
        .optional(),
      join: z.boolean('true or false').optional(),
    })
    .optional(),
});
export type WrittenNodeConfig = z.infer<typeof schema>;

const verifierWorkersDefault = 1;
const snapshotDefaults: SnapshotConfig = { everyBlocks: 1_000, keep: 2, join: true };

/** @throws ConfigError `config-file-missing`, `config-not-yaml`, `config-invalid`, `gateway-needs-tls` */
export function readNodeConfig(file: string): NodeConfigFile {
  const { value, problem } = parseYaml<WrittenNodeConfig>(file, readConfigText(file), schema);
  const gateway = parseHostPort(value.gateway.listen)!;
  if (value.gateway.tls === undefined && !isLoopback(gateway.host)) {
    const problems = [problem(['gateway', 'listen'], '127.0.0.1:port, or gateway.tls')];
    throw new ConfigError('gateway-needs-tls', { file, problems });
  }
  const fault = nameFault(value) ?? keysFault(value);
  if (fault !== undefined) {
    const problems = [problem([...fault.path], fault.expected)];
    throw new ConfigError('config-invalid', { file, problems });
  }
  return configOf(value, gateway, (relative) => resolve(dirname(file), relative));
}

interface Fault {
  readonly path: readonly string[];
  readonly expected: string;
}

function nameFault({ validator, observer }: WrittenNodeConfig): Fault | undefined {
  if ((validator === undefined) !== (observer === undefined)) return undefined;
  const expected = validator === undefined ? 'an id, or observer: ID' : 'nothing: the node is an observer';
  return { path: ['validator'], expected };
}

function keysFault({ observer, keys, signer }: WrittenNodeConfig): Fault | undefined {
  const path = ['keys', 'consensus'];
  if (observer !== undefined) {
    const expected = 'nothing: an observer signs no votes';
    if (keys.consensus !== undefined) return { path, expected };
    return signer === undefined ? undefined : { path: ['signer'], expected };
  }
  if ((keys.consensus === undefined) !== (signer === undefined)) return undefined;
  const isNeither = signer === undefined;
  const expected = isNeither
    ? 'a path, or signer.socket of a signer that holds the key'
    : 'nothing: the signer holds the key';
  return { path, expected };
}

function configOf(
  {
    validator,
    observer,
    genesis,
    storage,
    keys,
    signer,
    links,
    gateway: { tls, origins = [], trusted_proxies: trustedProxies = [] },
    metrics,
    verifier_workers,
    log,
    snapshots,
  }: WrittenNodeConfig,
  gateway: HostPort,
  absolute: (path: string) => string,
): NodeConfigFile {
  return {
    validator: (validator ?? observer) as ValidatorId,
    observes: observer !== undefined,
    genesisFile: absolute(genesis),
    storageDirectory: absolute(storage),
    ...(keys.consensus !== undefined && { consensusKeyFile: absolute(keys.consensus) }),
    ...(signer !== undefined && { signerSocket: absolute(signer.socket) }),
    nodeKeyFile: absolute(keys.node),
    ...(keys.passphrase_file !== undefined && { passphraseFile: absolute(keys.passphrase_file) }),
    links: parseHostPort(links.listen)!,
    bootstrap: links.bootstrap ?? [],
    gateway,
    gatewayOrigins: origins,
    trustedProxies,
    ...(metrics && { metrics: parseHostPort(metrics.listen)! }),
    ...(tls && { gatewayTls: { keyFile: absolute(tls.key), certificateFile: absolute(tls.certificate) } }),
    verifierWorkers: verifier_workers ?? verifierWorkersDefault,
    log: { level: log?.level ?? 'info', ...(log?.file !== undefined && { file: absolute(log.file) }) },
    snapshots: {
      everyBlocks: snapshots?.every_blocks ?? snapshotDefaults.everyBlocks,
      keep: snapshots?.keep ?? snapshotDefaults.keep,
      join: snapshots?.join ?? snapshotDefaults.join,
    },
  };
}

const head = `# What is local to this node. Paths are relative to this file. It was written once by
# \`concordat\` and is yours to edit; nothing in it is shared with other members.
`;

export const nodeYamlText = (config: WrittenNodeConfig): string => head + stringify(config);
