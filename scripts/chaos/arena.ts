/** What every scenario gets: a place for its network, and a network under load that is audited in the end. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { CertificationTracker } from '../lib/certification-tracker.ts';
import { LocalNetwork, type Place } from '../lib/local-network.ts';
import { startAcknowledgingLoad } from './acknowledging-load.ts';
import { auditDirectories, auditGateways } from './audit.ts';
import { faultsOf, faultsSoFar } from './faults-so-far.ts';
import { readLogs } from './node-logs.ts';
import type { Random } from './random.ts';
import type { Findings, NetworkSize, Settings } from './scenario.ts';
import { Storm } from './storm.ts';
import { longestGapMs } from './timeline.ts';

export interface Arena {
  readonly settings: Settings;
  readonly size: NetworkSize;
  readonly random: Random;
  /** Empty; removed if nothing was found. */
  readonly directory: string;
  readonly say: (line: string) => void;
  /** Runs at the end whatever happens, a signal included, the last one first; must not wait for anything. */
  readonly atEnd: (undo: () => void) => void;
  /** Takes a function that tells what has gone wrong so far, for a scenario that ends before its audit. */
  readonly watch: (faults: () => readonly string[]) => void;
}

export interface Ground {
  readonly places?: readonly Place[];
  /** Overrides, spelled as in network.yaml. */
  readonly parameters?: { readonly [name: string]: number };
}

/** Links on the first ports, gateways 50 above; what is between is for relays. */
export const loopbackPlaces = ({ settings: { port }, size }: Arena): readonly Place[] =>
  Array.from({ length: size }, (_, index) => ({
    links: `127.0.0.1:${port + index}`,
    gateway: `127.0.0.1:${port + 50 + index}`,
  }));

export const gatewayPortOf = ({ settings: { port } }: Arena, index: number): number => port + 50 + index;

export function foundNetwork(arena: Arena, ground: Ground = {}): Promise<LocalNetwork> {
  const { directory, size, settings } = arena;
  const options = { directory, validators: size, port: settings.port, places: loopbackPlaces(arena) };
  return LocalNetwork.found({ ...options, ...ground }, () => {});
}

/** Where validator `index` of a network that is still to be founded will keep everything. */
export function futureDataOf({ directory }: Arena, index: number): string {
  const data = join(directory, `v${index + 1}`);
  mkdirSync(data, { recursive: true });
  return data;
}

/** All validators up, clients that insist, `rage`, and then the audit from outside. */
export async function underLoad(
  arena: Arena,
  network: LocalNetwork,
  rage: (storm: Storm) => Promise<void>,
): Promise<Findings> {
  try {
    return await rageUnderLoad(arena, network, rage);
  } finally {
    await network.stop();
  }
}

async function rageUnderLoad(
  arena: Arena,
  network: LocalNetwork,
  rage: (storm: Storm) => Promise<void>,
): Promise<Findings> {
  const signer = await network.signer();
  await network.startAll();
  const tracker = new CertificationTracker(network.gateways, network.trusted, network.session, () =>
    performance.now(),
  );
  await tracker.open();
  const load = startAcknowledgingLoad(network, signer, arena.settings.clients);
  const storm = new Storm(arena, network, tracker, load);
  const watched = { load, tracker, storm };
  arena.watch(() => faultsSoFar(watched, () => readLogs(network)));
  const fromMs = performance.now();
  try {
    await storm.calm(1_000);
    await rage(storm);
    await storm.calm(1_000);
    await load.finish();
    const toMs = performance.now();
    const audit = await auditGateways(network, load.acknowledged);
    tracker.close();
    await network.stop();
    await auditDirectories(network);
    const logs = readLogs(network);
    const { lost, doubled, forks, height } = audit;
    return {
      injected: storm.injected,
      seconds: Math.round((performance.now() - fromMs) / 1_000),
      commits: height,
      acknowledged: load.acknowledged.size,
      zeros: { lost, doubled, forks, equivocations: logs.equivocations, ...storm.zeros },
      longestGapMs: longestGapMs(tracker.blocks, { fromMs, toMs }, storm.pauses),
      worstRecoveryMs: Math.round(Math.max(0, ...storm.recoveriesMs)),
      notes: storm.notes,
      faults: faultsOf(watched, logs),
    };
  } finally {
    load.abandon();
    tracker.close();
  }
}
