import { type EvidenceRecordJson, type GenesisJson, slotMessageOfJson } from '../../../shared/api.ts';
import type { VerifySignature } from '../../../shared/crypto/ed25519.ts';
import type { Check } from '../../../shared/protocol/checks.ts';
import {
  type EvidenceVerification,
  verifyEvidence,
  wrongAccusation,
} from '../../../shared/protocol/verify-evidence.ts';
import type { NetworkId } from '../../../shared/types/brands.ts';
import { trustFromGenesis } from './checks-of.ts';

/** Both messages exactly as the page shows them, against the validators of the pinned genesis. */
export async function checkEvidence(
  record: EvidenceRecordJson,
  genesis: GenesisJson,
  network: NetworkId,
  verify: VerifySignature,
): Promise<EvidenceVerification> {
  const trusted = await trustFromGenesis(genesis, network, verify);
  if ('id' in trusted) return withoutTrust(trusted);
  const pair = { first: slotMessageOfJson(record.first), second: slotMessageOfJson(record.second) };
  // Else the page would say more than the messages do.
  const wrong = wrongAccusation(record, pair.first, trusted.validators, trusted.epoch);
  return wrong ?? verifyEvidence(pair, trusted.validators, network, verify);
}

/** The genesis that the node serves is not the pinned one. */
const withoutTrust = ({ expected = '', actual = '' }: Check): EvidenceVerification => ({
  ok: false,
  checks: [{ id: 'validator', ok: false, expected: `the pinned genesis ${expected}`, actual }],
});
