import { type EvidenceRecordJson, slotMessageOfJson } from '../../../shared/api.ts';
import type { VerifySignature } from '../../../shared/crypto/ed25519.ts';
import type { Check } from '../../../shared/protocol/checks.ts';
import { knownEpoch } from '../../../shared/protocol/known-epochs.ts';
import {
  type EvidenceVerification,
  verifyEvidence,
  wrongAccusation,
} from '../../../shared/protocol/verify-evidence.ts';
import type { Epoch, NetworkId } from '../../../shared/types/brands.ts';
import type { ValidatorSet } from '../../../shared/types/ledger.ts';
import type { EpochsClaim } from '../features/verify/subjects.ts';
import { followClaim, handOverTo } from './follow-epochs.ts';

/** Both messages exactly as the page shows them, each against the set of its epoch, followed from the pinned genesis. */
export async function checkEvidence(
  record: EvidenceRecordJson,
  epochs: EpochsClaim,
  network: NetworkId,
  verify: VerifySignature,
): Promise<EvidenceVerification> {
  const { known, broken } = await followClaim(epochs, network, verify);
  if (broken !== undefined) return withoutTrust(broken);
  const pair = { first: slotMessageOfJson(record.first), second: slotMessageOfJson(record.second) };
  const setOf = (epoch: Epoch): ValidatorSet | undefined => knownEpoch(known, epoch)?.validators;
  const { epoch } = pair.first;
  // Else the page would say more than the messages do.
  const wrong = wrongAccusation(record, pair.first, setOf(epoch) ?? [], epoch);
  return wrong ?? verifyEvidence(pair, setOf, network, verify);
}

/** The genesis that the node serves is not the pinned one, or a hand-over behind it does not hold. */
function withoutTrust({
  inputs = {},
  reason = 'malformed',
  expected = '',
  actual = '',
}: Check): EvidenceVerification {
  const to = inputs[handOverTo];
  const what = to === undefined ? 'the pinned genesis' : `a hand-over to epoch ${to} that holds`;
  const found = to === undefined ? actual : `${reason}: ${actual}`;
  return {
    ok: false,
    checks: [{ id: 'validator', ok: false, expected: `${what} ${expected}`.trim(), actual: found }],
  };
}
