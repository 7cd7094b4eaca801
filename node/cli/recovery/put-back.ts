/**
 * An accepted recovery whose row is damaged keeps its node from starting, and from being opened here. The same bundle
 * puts it back, once it is verified like at the first time.
 */
import { readGenesis } from '../../config/genesis-file.ts';
import { readNodeConfig } from '../../config/node-yaml.ts';
import { acceptedRecovery } from '../../runtime/recoveries.ts';
import { hasDamagedRecovery, putBackRecovery } from '../../storage/damaged-recovery.ts';
import { provenRecovery } from './accept.ts';
import type { BundleFile } from './files.ts';

/**
 * @param compared digest that the operator compared with the other members
 * @returns whether something was put back
 * @throws CliError by name; StorageError `directory-locked` while the node runs
 */
export async function putBackDamaged(
  nodeFile: string,
  bundle: BundleFile,
  compared: string,
): Promise<boolean> {
  const { storageDirectory, genesisFile } = readNodeConfig(nodeFile);
  if (!hasDamagedRecovery(storageDirectory)) return false;
  const founding = readGenesis(genesisFile);
  await provenRecovery({ founding }, bundle, acceptedRecovery(bundle.recovery), compared);
  return putBackRecovery(storageDirectory, bundle.recovery);
}
