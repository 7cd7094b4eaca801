/** After the storm, from outside: every acknowledged transaction once on every validator, every ledger clean. */
import { apiPrefix } from '../../shared/api.ts';
import { agreedTip } from '../lib/agreed-tip.ts';
import { verifiedLedger } from '../lib/cli.ts';
import type { LocalNetwork } from '../lib/local-network.ts';

export interface Audit {
  readonly lost: number;
  readonly doubled: number;
  readonly height: number;
  readonly stateRoot: string;
}

/** Waits until all validators report one height, then reads every block of each. @throws on any difference */
export async function auditGateways(
  network: LocalNetwork,
  acknowledged: ReadonlyMap<string, number>,
): Promise<Audit> {
  const { height, stateRoot } = await agreedTip(network.gateways);
  let lost = 0;
  let doubled = 0;
  const counts = await Promise.all(network.gateways.map((gateway) => countedIds(gateway, height)));
  for (const count of counts) {
    for (const id of acknowledged.keys()) if (!count.has(id)) lost += 1;
    for (const times of count.values()) if (times > 1) doubled += 1;
  }
  return { lost, doubled, height, stateRoot };
}

/** Stopped validators' directories: every hash, signature, certificate and root, offline. */
export async function auditDirectories(network: LocalNetwork): Promise<readonly Record<string, unknown>[]> {
  const verdicts: Record<string, unknown>[] = [];
  for (let index = 0; index < network.size; index += 1) {
    verdicts.push(await verifiedLedger(network.dataOf(index)));
  }
  return verdicts;
}

async function countedIds(gateway: string, height: number): Promise<ReadonlyMap<string, number>> {
  const count = new Map<string, number>();
  for (let at = 1; at <= height; at += 1) {
    const response = await fetch(`${gateway}${apiPrefix}/blocks/${at}`);
    if (!response.ok) throw new Error(`${gateway} answers ${response.status} for block ${at}`);
    const { transactionIds } = (await response.json()) as { transactionIds: readonly string[] };
    for (const id of transactionIds) count.set(id, (count.get(id) ?? 0) + 1);
  }
  return count;
}
