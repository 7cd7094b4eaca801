/** `node prune`: a stopped node gives up the bodies of old blocks. */
import { readGenesis } from '../../config/genesis-file.ts';
import { readNodeConfig } from '../../config/node-yaml.ts';
import { installNativeSha256 } from '../../crypto/sha256-install.ts';
import { countOf } from '../../runtime/diagnosis/words.ts';
import { StorageError } from '../../storage/errors.ts';
import { openStorage } from '../../storage/storage.ts';
import { type CliIo, factLines, report } from '../io.ts';

/** Blocks that a view change may name, and a peer that is a little behind may ask for. */
export const keptBlocksMin = 64;

export interface PruneOptions {
  readonly keep: number;
  readonly json: boolean;
}

/** @throws StorageError `directory-locked`, `snapshot-missing`, or what opening the directory throws */
export function pruneNode(io: CliIo, nodeFile: string, { keep, json }: PruneOptions): void {
  installNativeSha256();
  const { genesisFile, storageDirectory, snapshots } = readNodeConfig(nodeFile);
  const { genesis } = readGenesis(genesisFile);
  const storage = openStorage(storageDirectory, {
    genesis,
    log: { write: (level, code, facts) => level === 'error' && io.err(`${code} ${JSON.stringify(facts)}`) },
    fatal: (code, facts) => {
      throw new StorageError('disk-error', { code, reason: JSON.stringify(facts) });
    },
    snapshots,
  });
  try {
    const before = storage.sizes().ledger;
    const result = storage.prune(keep);
    const freedBytes = before - storage.sizes().ledger;
    report(io, json, { ...result, freedBytes }, [
      result.blocks === 0
        ? 'Nothing to remove: no body is older than what is kept and the newest snapshot.'
        : `Removed the bodies of ${countOf(result.blocks, 'block')}. Headers, certificates and history stay.`,
      ...factLines({ ...result, freedBytes }),
    ]);
  } finally {
    storage.close();
  }
}
