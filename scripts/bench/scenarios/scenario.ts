/** What a scenario of the benchmark is given, and what it finds. */
import { fileURLToPath } from 'node:url';
import type { LocalNetwork } from '../../lib/local-network.ts';
import type { LoadSigner } from '../../lib/signed-load.ts';
import { type LoadedNetwork, type LoadRunOptions, type LoadRunResult, runLoad } from '../load-run.ts';
import { type Lie, lieVariable } from './lies/lie.ts';

export interface ScenarioOptions {
  /** undefined: the scenario's own. */
  readonly ratePerSecond?: number;
  /** Steady state of each run of load. */
  readonly steadyMs: number;
}

export interface Stage {
  /** Founded, and nothing of it started. */
  readonly network: LocalNetwork;
  readonly signer: LoadSigner;
  readonly options: ScenarioOptions;
  readonly say: (line: string) => void;
  readonly progress: (name: string) => LoadRunOptions['onProgress'];
}

export interface Finding {
  readonly figure: string;
  readonly value: number;
  /** `timeouts` are times the deadline of a waiting transaction, `share` is of one. */
  readonly unit: '/s' | 'ms' | 'count' | 'timeouts' | 'share';
  /** What is wanted of it, if anything is. */
  readonly wanted?: { readonly atLeast: number } | { readonly atMost: number };
}

export interface Scenario {
  readonly name: string;
  readonly about: string;
  /** About how long it takes. */
  seconds(options: ScenarioOptions): number;
  perform(stage: Stage): Promise<readonly Finding[]>;
}

/** Before the first run that counts: what is compiled by then would count for the others otherwise. */
const firstLoadMs = 5_000;
const warmUpMs = 5_000;
const drainMs = 10_000;
const tickMs = 40;
/** So many runs of load and the first one, each with its warming up and, if nothing is left behind, a short drain. */
export const loadSeconds = (runs: number, { steadyMs }: ScenarioOptions): number =>
  (firstLoadMs + runs * steadyMs) / 1_000 + (runs + 1) * (warmUpMs / 1_000 + 3);

export async function steadyLoad(
  { signer, options, say, progress }: Stage,
  network: LoadedNetwork,
  name: string,
  ratePerSecond: number,
  badShare = 0,
): Promise<LoadRunResult> {
  const { steadyMs } = options;
  const onProgress = progress(name);
  const run = { ratePerSecond, warmUpMs, steadyMs, drainMs, tickMs, dataBytes: 16, onProgress, badShare };
  const result = await runLoad(network, signer, run);
  if (result.faults.length > 0) throw new Error(`the network broke its promise: ${result.faults[0]}`);
  const completed = ((result.completedOnAll / result.offered) * 100).toFixed(1);
  say(
    `${name}: certified ${result.certifiedPerSecond}/s, completed ${completed} %, refused ${result.refused}`,
  );
  return result;
}

export async function firstLoad(stage: Stage, ratePerSecond: number): Promise<void> {
  const options = { ...stage.options, steadyMs: firstLoadMs };
  await steadyLoad({ ...stage, options }, stage.network, 'warming up', ratePerSecond);
}

/** Without the one that is dead, of which nothing is asked. */
export const without = (network: LocalNetwork, dead: number): LoadedNetwork => ({
  gateways: network.gateways.filter((_, index) => index !== dead),
  trusted: network.trusted,
  session: network.session,
  completed: network.completed,
  size: network.size - 1,
});

const liarProgram = fileURLToPath(new URL('./liar-child.js', import.meta.url));

export function startLiar(network: LocalNetwork, index: number, lie: Lie): void {
  network.start(index, { [lieVariable]: JSON.stringify(lie) }, liarProgram);
}
