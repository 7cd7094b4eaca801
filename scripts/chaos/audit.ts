/** After the storm, from outside: every acknowledged transaction once on every validator, every ledger clean. */
import { apiPrefix } from '../../shared/api.ts';
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
  const { height, stateRoot } = await agreedTip(network);
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

interface TipAnswer {
  /** Of `block` and `stateRoot`; what is certified above it is not served yet. */
  readonly height: number;
  readonly certifiedHeight: number;
  readonly block: string;
  readonly stateRoot: string;
}

const agreementPatienceMs = 60_000;

async function agreedTip(network: LocalNetwork): Promise<{ height: number; stateRoot: string }> {
  const deadline = performance.now() + agreementPatienceMs;
  for (;;) {
    const tips = await Promise.all(network.gateways.map(tipOf));
    const [first] = tips;
    if (first !== undefined && tips.every((tip) => isAt(tip, first.certifiedHeight))) {
      const { height, block, stateRoot } = first;
      if (tips.some((tip) => tip?.block !== block)) throw new Error(`fork at ${height}`);
      return { height, stateRoot };
    }
    if (performance.now() > deadline) {
      throw new Error(
        `no common height: ${tips.map((tip) => tip?.certifiedHeight ?? 'no answer').join(', ')}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

const isAt = (tip: TipAnswer | undefined, height: number): boolean =>
  tip?.height === height && tip.certifiedHeight === height;

async function tipOf(gateway: string): Promise<TipAnswer | undefined> {
  try {
    const response = await fetch(`${gateway}${apiPrefix}/status`, { signal: AbortSignal.timeout(5_000) });
    return response.ok ? ((await response.json()) as TipAnswer) : undefined;
  } catch {
    // It does not answer; the caller asks again until its patience ends.
    return undefined;
  }
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
