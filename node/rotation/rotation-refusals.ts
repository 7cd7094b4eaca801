/** What refuses another key, whoever made it: one that is on its way already, and what could not be written. */
import { KeyFileError } from '../crypto/key-files.ts';
import type { KeyKind } from '../crypto/keyring.ts';
import { SignerAway } from '../crypto/signer-orders.ts';
import { SignerRefusal } from '../crypto/signer-refusal.ts';
import { pendingActivation } from '../ledger/modules/activation-records.ts';
import type { StateView } from '../ledger/types.ts';
import type { KeyStage, KeyStanding } from './key-standing.ts';
import { RotationError } from './rotation-error.ts';

export type UnderWayStage = 'approved' | 'armed' | 'scheduled';
const underWayStages: readonly KeyStage[] = ['approved', 'armed', 'scheduled'] satisfies UnderWayStage[];
export const isUnderWay = (one: KeyStanding): one is KeyStanding & { readonly stage: UnderWayStage } =>
  underWayStages.includes(one.stage);

/** @throws RotationError `rotation-under-way`, `activation-pending` */
export function refuseSecond(kind: KeyKind, state: StateView, standings: readonly KeyStanding[]): void {
  const under = standings.find(
    (one) => one.kind === kind && (isUnderWay(one) || one.stage === 'overlapping'),
  );
  if (under !== undefined) {
    const { publicKey: key, stage, activation } = under;
    throw new RotationError('rotation-under-way', {
      key,
      stage,
      ...(activation !== undefined && { activation }),
    });
  }
  const pending = kind === 'consensus' ? pendingActivation(state) : undefined;
  if (pending !== undefined)
    throw new RotationError('activation-pending', { activation: pending.number, status: pending.status });
}

/** Paths of files stay here. */
export function whyNotMade(error: unknown, kind: KeyKind): unknown {
  if (error instanceof KeyFileError) return new RotationError('key-not-written', { kind, cause: error.code });
  if (error instanceof SignerAway) return new RotationError('signer-unreachable', { kind });
  if (!(error instanceof SignerRefusal)) return error;
  return new RotationError('signer-refused', { ...error.facts, kind, refusal: error.code });
}
