/** After the storm, from outside: every acknowledged transaction once on every validator, every ledger clean. */
import { apiPrefix } from '../../shared/api.ts';
import { agreedTip } from '../lib/agreed-tip.ts';
import { verifiedLedger } from '../lib/cli.ts';
import type { LocalNetwork } from '../lib/local-network.ts';
import type { SignedIn } from '../lib/signed-in.ts';

export interface Audit {
  readonly lost: number;
  readonly doubled: number;
  /** Heights at which two validators serve different blocks. */
  readonly forks: number;
  readonly height: number;
  readonly stateRoot: string;
}

/** Waits until all nodes report one height, then reads every block of each. @throws on any difference */
export async function auditGateways(
  network: Pick<LocalNetwork, 'gateways' | 'session'>,
  acknowledged: ReadonlyMap<string, number>,
): Promise<Audit> {
  const { height, stateRoot } = await agreedTip(network.gateways, network.session);
  let lost = 0;
  let doubled = 0;
  let forks = 0;
  const ledgers = await Promise.all(
    network.gateways.map((gateway) => readLedger(gateway, network.session, height)),
  );
  for (const { count, hashes } of ledgers) {
    for (const id of acknowledged.keys()) if (!count.has(id)) lost += 1;
    for (const times of count.values()) if (times > 1) doubled += 1;
    forks += hashes.filter((hash, at) => hash !== ledgers[0]!.hashes[at]).length;
  }
  return { lost, doubled, forks, height, stateRoot };
}

/** Stopped validators' directories: every hash, signature, certificate and root, offline. @throws at a fault */
export async function auditDirectories(network: LocalNetwork): Promise<void> {
  const directories = Array.from({ length: network.size }, (_, index) => network.dataOf(index));
  await Promise.all(directories.map(verifiedLedger));
}

interface ServedLedger {
  /** Transaction id → in how many places it stands. */
  readonly count: ReadonlyMap<string, number>;
  /** Of the blocks from height 1 on. */
  readonly hashes: readonly string[];
}

async function readLedger(gateway: string, session: SignedIn, height: number): Promise<ServedLedger> {
  const count = new Map<string, number>();
  const hashes: string[] = [];
  for (let at = 1; at <= height; at += 1) {
    const response = await session.fetch(`${gateway}${apiPrefix}/blocks/${at}`);
    if (!response.ok) throw new Error(`${gateway} answers ${response.status} for block ${at}`);
    const { hash, transactionIds } = (await response.json()) as BlockAnswer;
    hashes.push(hash);
    for (const id of transactionIds) count.set(id, (count.get(id) ?? 0) + 1);
  }
  return { count, hashes };
}

interface BlockAnswer {
  readonly hash: string;
  readonly transactionIds: readonly string[];
}
