/** A gateway over the in-memory node, on a free port. */

import type { GatewayOptions } from '../ports.ts';
import { type Gateway, startGateway } from '../server.ts';
import { testGenesis } from './consortium.ts';
import { MemoryLedger } from './memory-ledger.ts';
import { MemoryNode } from './memory-node.ts';

export interface StartedGateway extends Gateway {
  readonly node: MemoryNode;
  readonly ledger: MemoryLedger;
  readonly logged: { readonly level: string; readonly code: string }[];
}

const testDisk = {
  directory: '/data/validator-1',
  parts: [
    { part: 'votes', bytes: 4_096, growthPerDay: 0 },
    { part: 'ledger', bytes: 3_000_000, growthPerDay: 1_500_000 },
  ],
  freeBytes: 30_000_000,
  totalBytes: 60_000_000,
  growthPerDay: 1_500_000,
  daysLeft: 20,
  measuredOverMs: 86_400_000,
} as const;

export async function startTestGateway(
  options: Partial<GatewayOptions> & { readonly node?: MemoryNode } = {},
): Promise<StartedGateway> {
  const ledger = options.node?.ledger ?? new MemoryLedger();
  const node = options.node ?? new MemoryNode(ledger);
  const self = testGenesis.validators[0]?.id;
  if (self === undefined) throw new Error('the consortium has validators');
  const logged: { level: string; code: string }[] = [];
  const gateway = await startGateway({
    listen: { host: '127.0.0.1', port: 0 },
    self,
    queries: ledger,
    state: ledger.state,
    genesis: testGenesis,
    network: ledger.network,
    disk: () => testDisk,
    version: '0.0.0',
    log: { write: (level, code) => void logged.push({ level, code }) },
    ...options,
    node,
  });
  return { ...gateway, node, ledger, logged };
}
