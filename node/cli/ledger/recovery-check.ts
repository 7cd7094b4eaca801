/** Places of a walked ledger that no quorum proves: the recovery that was accepted there is verified like all else. */
import { headerHash } from '../../../shared/codec/ledger.ts';
import type { TrustedValidators } from '../../../shared/protocol/checks.ts';
import { verifyRecovery } from '../../../shared/protocol/verify-recovery.ts';
import { type BlockHash, type Height, heightOf } from '../../../shared/types/brands.ts';
import type { RecoveryBreak, RecoveryCertificate } from '../../../shared/types/recovery.ts';
import type { AcceptedRecovery } from '../../runtime/recoveries.ts';
import type { BlockRow } from '../../storage/ledger-file.ts';
import type { LedgerReader } from '../../storage/ledger-reader.ts';
import { verifySignature } from '../light-client.ts';
import { FaultFound } from './ledger-fault.ts';
import { recoveryBehind } from './walk.ts';

export interface RecoveryCheck {
  /** The recovery that this block opens with. */
  behind(block: BlockRow): RecoveryCertificate | undefined;
  /**
   * Verifies what this block rests on, if that is a recovery. Called with each block in order.
   * @param ending the epoch of the block before: it ends here, if so
   * @throws FaultFound `bad-recovery`
   */
  prove(block: BlockRow, ending: TrustedValidators): Promise<void>;
  /** Whether a proven recovery keeps this block, which nobody certified. */
  keeps(block: BlockRow): boolean;
  breaks(): readonly RecoveryBreak[];
}

interface EpochStart {
  readonly epoch: number;
  readonly sealsAbove: Height;
  readonly parent: BlockHash;
}

export function createRecoveryCheck(reader: LedgerReader): RecoveryCheck {
  const proven = new Map<RecoveryCertificate, RecoveryBreak>();
  const { header, hash } = reader.genesis.block;
  let start: EpochStart = { epoch: header.nextEpoch, sealsAbove: heightOf(0), parent: hash };

  const keeping = ({ height, hash: block, certificate }: BlockRow): AcceptedRecovery | undefined =>
    certificate?.seals.length === 0
      ? reader.recoveries.find(({ base, kept }) => height > base && kept.get(height) === block)
      : undefined;

  async function prove(block: BlockRow, ending: TrustedValidators): Promise<void> {
    if (ending.epoch !== start.epoch)
      start = { epoch: ending.epoch, sealsAbove: heightOf(block.height - 1), parent: block.header.parent };
    const behind = recoveryBehind(reader, block.header);
    const certificate = behind ?? keeping(block)?.certificate;
    if (certificate === undefined) return;
    if (!proven.has(certificate)) await verify(block, certificate, ending);
    if (behind === undefined) return;
    const { height, parent } = block.header;
    start = { epoch: behind.content.epoch, sealsAbove: heightOf(height - 1), parent };
  }

  async function verify(
    block: BlockRow,
    certificate: RecoveryCertificate,
    { network, epoch, validators }: TrustedValidators,
  ): Promise<void> {
    const ground = { ...start, trusted: { network, epoch, validators } };
    const result = await verifyRecovery(ground, certificate, verifySignature);
    if (!result.ok) {
      const { reason, expected, actual } = result.check;
      throw new FaultFound(block.height, 'bad-recovery', { reason, expected, actual });
    }
    proven.set(certificate, result.recovery.break);
  }

  return {
    behind: ({ header: { parent } }) => recoveryBehind(reader, { parent }),
    prove,
    keeps(block) {
      const recovery = keeping(block);
      return recovery !== undefined && proven.has(recovery.certificate) && isItsHeader(block);
    },
    breaks: () => [...proven.values()],
  };
}

const isItsHeader = ({ headerBytes, hash }: BlockRow): boolean => headerHash(headerBytes) === hash;
