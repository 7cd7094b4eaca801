/** Another founded ledger at the address of a gateway: its genesis, keys and process are real, and nobody knows it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { freePorts } from './example.ts';

/** From the build, where the processes that it starts lie beside it. */
const { LocalNetwork: Networks } = (await import(
  new URL('../../dist/scripts/lib/local-network.js', import.meta.url).href
)) as typeof import('../../scripts/lib/local-network.ts');

export interface OtherLedger {
  /** Network id. */
  readonly network: string;
  /** Signs in at its gateway as one of its own identities. */
  link(): Promise<string>;
  stop(): Promise<void>;
}

/**
 * Founds a network whose members give the same gateways, so that browsers may ask it, and starts the one validator
 * whose number is `index`: nobody else listens there. It has its genesis block and no quorum for a second one.
 */
export async function serveOtherLedger(gateways: readonly string[], index: number): Promise<OtherLedger> {
  const directory = mkdtempSync(join(tmpdir(), 'concordat-other-ledger-'));
  const links = await freePorts(gateways.length);
  const places = gateways.map((gateway, at) => ({
    links: `127.0.0.1:${links[at]}`,
    gateway: new URL(gateway).host,
  }));
  const options = { directory, validators: gateways.length, port: links[0]!, places };
  const ledger = await Networks.found(options, () => undefined);
  ledger.start(index);
  const gateway = gateways[index]!;
  await expect
    .poll(() => networkAt(gateway), { timeout: 90_000, interval: 100 })
    .toBe(ledger.completed.genesis.network);
  return {
    network: ledger.completed.genesis.network,
    link: () => ledger.session.link(gateway),
    async stop() {
      await ledger.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** What anyone is told; undefined while nobody listens. */
async function networkAt(gateway: string): Promise<string | undefined> {
  const answer = await fetch(`${gateway}/api/v1/genesis`).catch(() => undefined);
  return answer === undefined ? undefined : ((await answer.json()) as { readonly network: string }).network;
}
