/** Before a start that damage in `ledger.db` made impossible: the blocks are fetched again from peers. */
import { basename } from 'node:path';
import type { PublicKey } from '../shared/types/brands.ts';
import { addressBookOf, ownNodeKeys } from './address-book.ts';
import type { Founding } from './config/genesis-file.ts';
import type { NodeConfigFile } from './config/node-yaml.ts';
import { createNodeCertificate } from './crypto/certificate.ts';
import { createVerifierPool } from './crypto/verifier-pool.ts';
import { knownState } from './known-state.ts';
import { createLinks } from './network/mesh.ts';
import { mend } from './runtime/mending.ts';
import type { LogPort } from './runtime/ports.ts';
import { StorageError } from './storage/errors.ts';
import { ledgerFileName } from './storage/ledger-file.ts';
import { openForRepair } from './storage/open-for-repair.ts';
import { createSystemClock, systemRandom, systemTimers } from './system-ports.ts';
import { version } from './version.ts';

const repairedTables: readonly unknown[] = ['blocks', 'entries', 'skipped', 'epochs', ''];

export const isLedgerDamage = (error: unknown): error is StorageError =>
  error instanceof StorageError &&
  error.code === 'data-damaged' &&
  basename(String(error.facts.file)) === ledgerFileName &&
  repairedTables.includes(error.facts.table);

export interface MendOptions {
  readonly config: NodeConfigFile & { readonly clockOffsetMs: number };
  readonly founding: Founding;
  /** Seed of the first of these node keys that is held, 32 bytes. */
  readonly nodeSeed: (named: readonly PublicKey[]) => Uint8Array;
  readonly log: LogPort;
  /** What the start ended with. */
  readonly error: StorageError;
}

/** @returns whether the next start will find less that is damaged. */
export async function mendLedger({ config, founding, nodeSeed, log, error }: MendOptions): Promise<boolean> {
  const { genesis } = founding;
  const self = config.validator;
  log.write('error', error.code, { ...error.facts, action: 'to be fetched again before the start' });
  const closers: (() => void | Promise<void>)[] = [];
  try {
    const storage = openForRepair(config.storageDirectory);
    closers.push(storage.close);
    await storage.inspectAll((height, tip) => log.write('info', 'ledger-inspected', { height, tip }));
    if (storage.repair.damaged().length === 0) return false;
    const clock = createSystemClock(config.clockOffsetMs);
    closers.push(clock.stop);
    const verifier = createVerifierPool({ workers: 0, onFatal: throwIt });
    closers.push(verifier.close);
    const { network } = genesis;
    const known = knownState(storage, genesis, log);
    const now = clock.wallMs();
    const seed = nodeSeed(ownNodeKeys(known.state, self, now));
    const links = createLinks({
      self,
      network,
      software: `concordat ${version}`,
      book: () => addressBookOf(known.state, now),
      listen: config.links,
      certificate: await createNodeCertificate(seed, self),
      random: systemRandom,
      log,
      wallMs: clock.wallMs,
    });
    closers.push(links.stop);
    const { repair } = storage;
    const ports = { clock, timers: systemTimers, links, log, verifier, repair };
    const repaired = await new Promise<number>((resolve, reject) => {
      const mending = mend({ self, network, ...known }, ports, resolve);
      links.start(mending).then(mending.start, reject);
    });
    return repaired > 0;
  } catch (failure) {
    if (!isLedgerDamage(failure)) throw failure;
    log.write('error', 'repair-failed', { ...failure.facts, reason: failure.message });
    return false;
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

/** Without workers there is none that could fail. */
function throwIt(error: Error): never {
  throw error;
}
