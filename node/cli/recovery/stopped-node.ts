/** A node that does not run, opened like by its own process: its data directory is locked while this works on it. */

import type { Founding } from '../../config/genesis-file.ts';
import { readGenesis } from '../../config/genesis-file.ts';
import { type NodeConfigFile, readNodeConfig } from '../../config/node-yaml.ts';
import { verifyWithSodium } from '../../crypto/sodium.ts';
import type { Ledger } from '../../runtime/execute-batch.ts';
import type { LogPort } from '../../runtime/ports.ts';
import { recoveriesOf } from '../../runtime/recoveries.ts';
import { replay } from '../../runtime/replay.ts';
import { openStorage, type Storage } from '../../storage/storage.ts';
import { localError } from '../cli-error.ts';
import type { CliIo } from '../io.ts';

export interface StoppedNode {
  readonly config: NodeConfigFile;
  readonly founding: Founding;
  readonly storage: Storage;
  /** State stands at the newest stored block. */
  readonly ledger: Ledger;
  close(): void;
}

/** @throws StorageError `directory-locked` while it runs; ConfigError */
export function openStoppedNode(io: CliIo, nodeFile: string): StoppedNode {
  const config = readNodeConfig(nodeFile);
  const founding = readGenesis(config.genesisFile);
  const storage = openStorage(config.storageDirectory, {
    genesis: founding.genesis,
    log: logTo(io),
    fatal: (code, facts) => {
      throw localError(code, 'The disk failed.', facts, 'Check the disk; nothing was confirmed after it.');
    },
  });
  try {
    const { blocks, state } = storage;
    const { genesis } = founding;
    const ledger = { genesis, state, recoveries: recoveriesOf(blocks), verifySignature: verifyWithSodium };
    const obstacle = replay(ledger, blocks);
    if (obstacle?.code === 'protocol-unsupported')
      throw localError(
        obstacle.code,
        `Block ${obstacle.facts.height + 1} follows rules that this software does not know.`,
        { ...obstacle.facts },
        obstacle.facts.next,
      );
    if (obstacle !== undefined)
      throw localError(
        obstacle.code,
        `Block ${obstacle.facts.height} is another one here than the one that was certified.`,
        { ...obstacle.facts },
        'This ledger takes part in nothing. Keep a copy and report it.',
      );
    return { config, founding, storage, ledger, close: storage.close };
  } catch (error) {
    storage.close();
    throw error;
  }
}

/** What storage says at a start is for the operator as well. */
const logTo = (io: CliIo): LogPort => ({
  write(level, code, facts) {
    if (level === 'warn' || level === 'error') io.err(`${level}: ${code} ${JSON.stringify(facts)}`);
  },
});
