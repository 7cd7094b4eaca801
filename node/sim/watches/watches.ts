/** Everything that watches a universe from outside, beside agreement and double votes: each answers what is wrong. */

import type { Height, PublicKey, ValidatorId } from '../../../shared/types/brands.ts';
import type { SlotContent } from '../../../shared/types/messages.ts';
import type { ExecutedBlock } from '../../ledger/types.ts';
import type { Disk } from '../disk.ts';
import type { EpochFold } from '../epoch-fold.ts';
import type { Founding } from '../founding.ts';
import { durabilityFault, pruningFault } from './durability-watch.ts';
import { createEpochWatch } from './epoch-watch.ts';
import { createEvidenceWatch, type EvidenceWatch } from './evidence-watch.ts';
import { createExecutionWatch } from './execution-watch.ts';
import { createQuorumWatch } from './quorum-watch.ts';
import { createViewChangeWatch } from './view-change-watch.ts';

export interface Watches {
  /** An honest validator is about to sign this with this key; its disk as it is now. */
  signing(signer: ValidatorId, key: PublicKey, disk: Disk, signed: SlotContent): string | undefined;
  /** A faulty key signed this. */
  overheard(signer: ValidatorId, signed: SlotContent): void;
  pruning(owner: ValidatorId, disk: Disk, height: Height): string | undefined;
  appended(block: ExecutedBlock): string | undefined;
  /** @param epochOf in which it says so */
  logged(
    id: ValidatorId,
    epochOf: () => number,
    code: string,
    facts: { readonly [name: string]: unknown },
  ): string | undefined;
  readonly evidence: EvidenceWatch;
}

export function createWatches(founding: Founding, fold: EpochFold): Watches {
  const epochs = createEpochWatch(fold);
  const quorums = createQuorumWatch(founding, fold);
  const viewChanges = createViewChangeWatch(founding, fold);
  const execution = createExecutionWatch(founding);
  const evidence = createEvidenceWatch();

  function signing(signer: ValidatorId, key: PublicKey, disk: Disk, signed: SlotContent): string | undefined {
    return (
      epochs.signing({ id: signer, key, incarnation: disk.incarnation }, signed) ??
      durabilityFault(signer, disk, signed) ??
      quorums.signing(signer, disk, signed) ??
      viewChanges.signing(signer, disk, signed)
    );
  }

  function logged(
    id: ValidatorId,
    epochOf: () => number,
    code: string,
    { from, to, validator }: { readonly [name: string]: unknown },
  ): string | undefined {
    if (code === 'evidence') evidence.shown(validator as ValidatorId);
    if (code !== 'view-change-started') return undefined;
    return quorums.leaving(id, epochOf(), Number(from), Number(to));
  }

  return {
    signing,
    overheard: quorums.overheard,
    pruning: pruningFault,
    appended: (block) => execution.appended(block) ?? epochs.appended(block.height),
    logged,
    evidence,
  };
}
