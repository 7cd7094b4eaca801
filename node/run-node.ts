/**
 * Assembles the node of a process, a validator or an observer, from its node.yaml: keys, storage, links, runtime, gateway. Starting goes
 * from the disk outwards, stopping from the gateway inwards, so that nothing is promised that cannot be kept.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NetworkId, PublicKey, ValidatorId } from '../shared/types/brands.ts';
import { bookOfNode } from './address-book.ts';
import { readClockOffsetMs } from './config/clock-offset.ts';
import { ConfigError } from './config/errors.ts';
import { type Founding, readGenesis } from './config/genesis-file.ts';
import { networksOf } from './config/networks.ts';
import { type NodeConfigFile, readNodeConfig } from './config/node-yaml.ts';
import { createNodeCertificate, type NodeCertificate } from './crypto/certificate.ts';
import { installNativeSha256 } from './crypto/sha256-install.ts';
import { verifyWithSodium } from './crypto/sodium.ts';
import { createVerifierPool } from './crypto/verifier-pool.ts';
import type { NodeEnd } from './exit-codes.ts';
import { followAddresses } from './follow-addresses.ts';
import { type Gateway, startGateway } from './gateway/server.ts';
import { gatewayNodeOf } from './gateway-node.ts';
import { createHostMeter } from './host-meter.ts';
import { type RunRecord, writeRunRecord } from './last-words.ts';
import { readMembership } from './ledger/modules/epochs.ts';
import { createLog } from './log.ts';
import { isLedgerDamage, mendLedger } from './mend-ledger.ts';
import { createLinks } from './network/mesh.ts';
import { type NodeKeys, openSigner, publicKeyOf, readNodeKeys } from './node-keys.ts';
import { createKeyImports } from './rotation/key-imports.ts';
import type { LedgerFacts } from './rotation/key-standing.ts';
import { createRotation } from './rotation/rotation.ts';
import { createNode } from './runtime/node.ts';
import type { LogPort } from './runtime/ports.ts';
import { standingView } from './runtime/recoveries.ts';
import type { RuntimeTuning } from './runtime/tuning.ts';
import { openStorage } from './storage/storage.ts';
import { createSystemClock, systemRandom, systemTimers } from './system-ports.ts';
import { version } from './version.ts';
import { windowOfEpoch } from './window-of-epoch.ts';

export interface RunningNode {
  readonly validator: ValidatorId;
  readonly network: NetworkId;
  readonly gateway: string;
  readonly log: LogPort;
  /** Resolves when everything is closed, whoever asked for it. */
  readonly ended: Promise<NodeEnd>;
  stop(): Promise<NodeEnd>;
}

/** What the runtime stops with when a snapshot waits to be taken over. */
const snapshotComplete = 'snapshot-complete';

const tuningOf = ({ snapshots }: NodeConfigFile): Partial<RuntimeTuning> =>
  snapshots.join ? {} : { snapshotDistance: Number.MAX_SAFE_INTEGER };

const consoleDirectory = fileURLToPath(new URL('../console', import.meta.url));

export interface RunNodeOptions {
  readonly nodeFile: string;
  /** What runs between the ports: the node, or one that a trial has wrapped. */
  readonly create?: typeof createNode;
  /** It only follows, also where node.yaml describes a validator. */
  readonly observes?: boolean;
}

/** @throws ConfigError, KeyFileError, StorageError, and what listening throws, such as EADDRINUSE */
export async function runNode({
  nodeFile,
  create = createNode,
  observes = false,
}: RunNodeOptions): Promise<RunningNode> {
  installNativeSha256();
  const read = readNodeConfig(nodeFile);
  const clockOffsetMs = readClockOffsetMs(process.env);
  const config = { ...read, observes: observes || read.observes, clockOffsetMs };
  const founding = readGenesis(config.genesisFile);
  const keys = await readNodeKeys(config);
  const log = createLog({ validator: config.validator, ...config.log });
  log.write('info', 'node-starting', {
    version,
    network: founding.genesis.network,
    pid: process.pid,
    ...(config.observes && { observes: true }),
  });
  const start = () => startLife(config, founding, keys, log, create);
  let life = await start();
  let isStopping = false;

  /** A snapshot that is whole is taken over at a start: the process stays, everything in it is opened anew. */
  async function live(): Promise<NodeEnd> {
    for (;;) {
      const end = await life.ended;
      if (end.code !== snapshotComplete || isStopping) return end;
      life = await start();
      if (isStopping) void life.stop();
    }
  }

  const ended = live().catch((error: unknown): NodeEnd => {
    const reason = error instanceof Error ? error.message : String(error);
    const code =
      error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'defect';
    log.write('error', code, { reason });
    return { code, facts: { reason } };
  });
  return {
    validator: life.validator,
    network: life.network,
    gateway: life.gateway,
    log,
    ended,
    stop() {
      isStopping = true;
      void life.stop();
      return ended;
    },
  };
}

type LocalConfig = NodeConfigFile & { readonly clockOffsetMs: number };

async function startLife(
  config: LocalConfig,
  founding: Founding,
  keys: NodeKeys,
  log: LogPort,
  create: typeof createNode,
): Promise<RunningNode> {
  for (;;) {
    const closers: (() => void | Promise<void>)[] = [];
    try {
      return await assemble(config, founding, keys, log, create, closers);
    } catch (error) {
      await closeAll(closers, log);
      // What a start needs of the ledger is fetched from peers first; each round leaves less that is damaged.
      if (
        isLedgerDamage(error) &&
        (await mendLedger({ config, founding, nodeSeed: keys.nodeSeed, log, error }))
      )
        continue;
      recordFailedStart(config, error, log);
      throw error;
    }
  }
}

/** `closers` collects what must be closed, in the order of opening. */
async function assemble(
  config: LocalConfig,
  { document, genesis }: Founding,
  keys: NodeKeys,
  log: LogPort,
  create: typeof createNode,
  closers: (() => void | Promise<void>)[],
): Promise<RunningNode> {
  const { validator: self } = config;
  const { network } = genesis;
  const end = createEnd((reason) => finish(reason));
  const { fatal } = end;

  const { clockOffsetMs } = config;
  if (clockOffsetMs !== 0) log.write('warn', 'clock-offset-injected', { clockOffsetMs });
  const clock = createSystemClock(clockOffsetMs);
  closers.push(clock.stop);
  const tls = tlsOf(config);
  const meter = createHostMeter({
    directory: config.storageDirectory,
    ...(tls.tls && { gatewayCertificate: tls.tls.cert }),
    monotonicMs: clock.monotonicMs,
  });
  closers.push(meter.stop);
  const { committed } = meter;
  const storage = openStorage(config.storageDirectory, {
    genesis,
    log,
    fatal,
    committed,
    snapshots: config.snapshots,
  });
  closers.push(storage.close);
  const startedAt = Date.now();
  const run: RunRecord = { validator: self, version, pid: process.pid, startedAt };
  record(config, run, log);
  const verifier = createVerifierPool({
    workers: config.verifierWorkers,
    onFatal: (error) => fatal('verifier-failed', { reason: error.message }),
  });
  closers.push(verifier.close);
  const { state, blocks } = storage;
  const own = bookOfNode(state, blocks).find(({ id }) => id === self);
  const nodeSeed = keys.nodeSeed(own?.nodeKeys ?? []);
  let isBehind = (): boolean => false;
  const links = createLinks({
    self,
    network,
    software: `concordat ${version}`,
    book: () => bookOfNode(state, blocks),
    isBookOld: () => isBehind(),
    bootstrap: config.bootstrap,
    listen: config.links,
    certificate: await createNodeCertificate(nodeSeed, self),
    random: systemRandom,
    log,
    wallMs: clock.wallMs,
  });
  closers.push(links.stop);
  const named = readMembership(standingView(state, blocks)).validators.find(
    ({ id }) => id === self,
  )?.consensusKey;
  const signer = openSigner(keys, {
    network,
    validator: self,
    ...(named !== undefined && { key: named }),
    window: windowOfEpoch(state),
    log,
    fatal,
    monotonicMs: clock.monotonicMs,
  });
  closers.push(signer.close);
  await signer.known;
  const node = create(
    { self, genesis, tuning: tuningOf(config) },
    {
      clock,
      timers: systemTimers,
      random: systemRandom,
      signer: signer.port,
      verifier,
      votes: storage.votes,
      blocks,
      state,
      accepted: storage.accepted,
      payloads: storage.payloads,
      links,
      snapshots: storage.snapshots,
      repair: storage.repair,
      log,
      stop: fatal,
    },
  );
  closers.push(node.stop);
  isBehind = () => node.status().catchUp !== undefined;
  const certificateOf = (key: PublicKey): Promise<NodeCertificate> | undefined => {
    const seed = keys.seedOf(key);
    return seed && createNodeCertificate(seed, self);
  };
  const { refresh, useCertificate: prove } = links;
  const nodeKey = publicKeyOf(nodeSeed);
  node.subscribe(followAddresses({ self, state, refresh, prove, nodeKey, certificateOf, log }));
  const ofKeys = {
    network,
    facts: (): LedgerFacts => {
      const { height, header } = blocks.tip();
      return { self, state, certifiedHeight: height, time: header.time };
    },
    keys: signer.rotating,
    wallMs: clock.wallMs,
  };
  const rotation = createRotation({
    ...ofKeys,
    signer: signer.port,
    submit: (transactions, done) => node.submit(transactions, done),
    isWaiting: node.isWaiting,
    log,
  });
  const imports = createKeyImports({ ...ofKeys, changed: rotation.follow });
  closers.push(rotation.settled);
  node.subscribe(rotation.follow);
  rotation.follow();
  // The state may have been behind the blocks until the node began.
  refresh();
  await links.start(node);
  const gateway: Gateway = await startGateway({
    listen: config.gateway,
    origins: config.gatewayOrigins,
    trustedProxies: networksOf(config.trustedProxies),
    ...(config.metrics && { metricsListen: config.metrics }),
    ...tls,
    verifySignature: async (key, message, signature) => verifyWithSodium(key, message, signature),
    verifySignatureNow: verifyWithSodium,
    node: gatewayNodeOf({
      node,
      links,
      membership: () => readMembership(standingView(state, blocks)),
      wallMs: clock.wallMs,
      meter,
      signer,
      sizes: storage.sizes,
    }),
    keys: { ...rotation, imports, certificates: () => meter.facts().certificates ?? [] },
    self,
    queries: storage.queries,
    disk: storage.disk,
    state,
    genesis: document,
    network,
    ...(existsSync(join(consoleDirectory, 'index.html')) && { consoleDirectory }),
    version,
    wallMs: clock.wallMs,
    log,
  });
  closers.push(gateway.close);
  log.write('info', 'node-started', {
    gateway: gateway.url,
    links: `${config.links.host}:${config.links.port}`,
  });
  end.assembled();
  return {
    validator: self,
    network,
    gateway: gateway.url,
    log,
    ended: end.ended,
    stop: () => {
      end.request({ code: 'stopped', facts: {} });
      return end.ended;
    },
  };

  async function finish({ code, facts }: NodeEnd): Promise<void> {
    // What a disputed block changed is too much for a line, and is wanted by who compares.
    const { disputed: _, ...told } = facts;
    const isFault = code !== 'stopped' && code !== snapshotComplete;
    log.write(isFault ? 'error' : 'info', code === 'stopped' ? 'node-stopping' : code, told);
    record(config, { ...run, end: { code, at: Date.now(), facts } }, log);
    await closeAll(closers, log);
    log.write('info', 'node-stopped', { reason: code });
  }
}

/** The node's last words must not keep it from ending, nor from starting. */
function record({ storageDirectory }: NodeConfigFile, run: RunRecord, log: LogPort): void {
  try {
    writeRunRecord(storageDirectory, run);
  } catch (error) {
    log.write('warn', 'run-record-not-written', { reason: String(error) });
  }
}

/** Not over the record of a node that runs there. */
function recordFailedStart(config: NodeConfigFile, error: unknown, log: LogPort): void {
  const { code, facts } = error as { readonly code?: unknown; readonly facts?: NodeEnd['facts'] };
  if (typeof code !== 'string' || code === 'directory-locked') return;
  const startedAt = Date.now();
  const end = { code, at: startedAt, facts: facts ?? {} };
  record(config, { validator: config.validator, version, pid: process.pid, startedAt, end }, log);
}

interface End {
  readonly ended: Promise<NodeEnd>;
  /** Asks for the end. Only the first reason counts. */
  request(reason: NodeEnd): void;
  fatal(code: string, facts: { readonly [name: string]: unknown }): void;
  /** Everything is open: a request that came before is honoured now. */
  assembled(): void;
}

function createEnd(finish: (reason: NodeEnd) => Promise<void>): End {
  let reason: NodeEnd | undefined;
  let ready = false;
  let resolveEnded: (end: NodeEnd) => void;
  const ended = new Promise<NodeEnd>((resolve) => {
    resolveEnded = resolve;
  });
  function run(): void {
    const first = reason;
    if (first !== undefined && ready) void finish(first).then(() => resolveEnded(first));
  }
  function request(asked: NodeEnd): void {
    if (reason !== undefined) return;
    reason = asked;
    run();
  }
  return {
    ended,
    request,
    fatal: (code, facts) => request({ code, facts }),
    assembled() {
      ready = true;
      run();
    },
  };
}

/** Newest first. What fails to close is logged, and the rest is closed all the same. */
async function closeAll(closers: readonly (() => void | Promise<void>)[], log: LogPort): Promise<void> {
  for (const close of [...closers].reverse()) {
    try {
      await close();
    } catch (error) {
      log.write('error', 'close-failed', { reason: String(error) });
    }
  }
}

function tlsOf({ gatewayTls }: NodeConfigFile): {
  readonly tls?: { readonly key: string; readonly cert: string };
} {
  if (gatewayTls === undefined) return {};
  const { keyFile, certificateFile } = gatewayTls;
  return { tls: { key: readPem(keyFile), cert: readPem(certificateFile) } };
}

/** @throws ConfigError `config-file-missing` */
function readPem(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError('config-file-missing', { file, reason: String(error) });
  }
}
