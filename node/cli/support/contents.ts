/** What a support bundle holds: what the gateway says, and what lies on this machine, without secrets. */
import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { arch, cpus, loadavg, platform, release, totalmem } from 'node:os';
import type { ReadName } from '../../../shared/api.ts';
import type { Client } from '../../../shared/client/client.ts';
import type { ArchiveFile } from '../../../shared/support/tar.ts';
import { type NodeConfigFile, readNodeConfig } from '../../config/node-yaml.ts';
import { readRunRecord } from '../../last-words.ts';
import { version } from '../../version.ts';
import { connect } from '../connect.ts';
import type { GatewayOptions } from '../options.ts';

const patienceMs = 6_000;
/** Of a log. */
const tailBytes = 512 * 1024;

const asJson = (name: string, value: unknown): ArchiveFile => ({
  name,
  bytes: Buffer.from(`${JSON.stringify(value, null, 2)}\n`),
});

/** One file for each answer; what fails is a file too, with the reason. */
export async function gatewayFiles(options: GatewayOptions): Promise<readonly ArchiveFile[]> {
  const client = connect(options, { rounds: 1, patienceMs, oneNode: true, purpose: 'operate' });
  const names = [
    'diagnosis',
    'status',
    'consensus',
    'peers',
    'matrix',
    'validators',
    'genesis',
    'disk',
    'metricsHistory',
  ] as const;
  const answers = await Promise.all(names.map((name) => answerFile(client, name)));
  return [...answers, await metricsFile(client)];
}

async function answerFile(client: Client, name: ReadName): Promise<ArchiveFile> {
  try {
    return asJson(`${name}.json`, await client.get(name));
  } catch (error) {
    return asJson(`${name}.failed.json`, { gateway: client.gateway, reason: String(error) });
  }
}

async function metricsFile(client: Client): Promise<ArchiveFile> {
  try {
    const headers = { Authorization: `Bearer ${await client.token()}` };
    const signal = AbortSignal.timeout(patienceMs);
    const response = await fetch(`${client.gateway}/metrics`, { headers, signal });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return { name: 'metrics.txt', bytes: new Uint8Array(await response.arrayBuffer()) };
  } catch (error) {
    return asJson('metrics.failed.json', { gateway: client.gateway, reason: String(error) });
  }
}

export function machineFiles(nowMs: number): readonly ArchiveFile[] {
  const machine = {
    takenAt: new Date(nowMs).toISOString(),
    concordat: version,
    node: process.version,
    libraries: process.versions,
    system: `${platform()} ${release()} ${arch()}`,
    processors: cpus().map(({ model }) => model),
    loadAverage: loadavg(),
    memoryBytes: totalmem(),
  };
  return [asJson('machine.json', machine)];
}

/** Settings, last words and the end of the log of a node on this machine. */
export function nodeFiles(nodeFile: string): {
  readonly config: NodeConfigFile;
  readonly files: ArchiveFile[];
} {
  const config = readNodeConfig(nodeFile);
  const { passphraseFile: _, consensusKeyFile: __, nodeKeyFile: ___, gatewayTls, ...told } = config;
  const settings = { ...told, gatewayTls: gatewayTls === undefined ? 'none' : 'given' };
  const record = readRunRecord(config.storageDirectory);
  const log = config.log.file === undefined ? undefined : tailOf(config.log.file);
  return {
    config,
    files: [
      asJson('node.json', settings),
      ...(record === undefined ? [] : [asJson('run.json', record)]),
      ...(log === undefined ? [] : [{ name: 'log.jsonl', bytes: log }]),
    ],
  };
}

/** Whole lines; undefined if there is no log. */
function tailOf(file: string): Uint8Array | undefined {
  if (!existsSync(file)) return undefined;
  const descriptor = openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    if (size <= tailBytes) return readFileSync(descriptor);
    const bytes = Buffer.alloc(tailBytes);
    readSync(descriptor, bytes, 0, tailBytes, size - tailBytes);
    return bytes.subarray(bytes.indexOf('\n') + 1);
  } finally {
    closeSync(descriptor);
  }
}
