/** Signatures of admins on a plan become its certificate, if they are enough. */
import { decodeRecoveryContent, recoveryDigest } from '../../../shared/codec/recovery.ts';
import { recoveryKeys } from '../../../shared/protocol/recovery-records.ts';
import { verifyRecovery } from '../../../shared/protocol/verify-recovery.ts';
import type { NetworkId } from '../../../shared/types/brands.ts';
import type { RecoveryBreak, RecoveryCertificate } from '../../../shared/types/recovery.ts';
import { CliError } from '../cli-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { verifySignature } from '../light-client.ts';
import type { PlanFile, SignatureFile } from './files.ts';
import { provenChain } from './make-plan.ts';

/** @throws CliError `signature-of-other-recovery`, `signature-twice`, `recovery-refused` with the check that failed */
export async function combine(
  plan: PlanFile,
  files: readonly SignatureFile[],
  network: NetworkId,
): Promise<{ readonly certificate: RecoveryCertificate; readonly happened: RecoveryBreak }> {
  const recovery = recoveryDigest(plan.content);
  for (const file of files)
    if (file.recovery !== recovery || file.network !== network)
      throw refused('signature-of-other-recovery', 'A signature is of another recovery.', {
        identity: file.signature.identity,
        signed: file.recovery,
        expected: recovery,
      });
  const signatures = files
    .map(({ signature }) => signature)
    .sort((one, other) => (one.identity < other.identity ? -1 : 1));
  const twice = signatures.find(({ identity }, i) => signatures[i + 1]?.identity === identity);
  if (twice !== undefined)
    throw refused('signature-twice', `${twice.identity} signed twice.`, { identity: twice.identity });
  const signers = new Set<string>(signatures.map(({ identity }) => recoveryKeys.identity(identity)));
  const identities = recoveryKeys.identity('');
  const certificate = {
    content: decodeRecoveryContent(plan.content),
    contentBytes: plan.content,
    // Admins who did not sign are nobody's business.
    records: plan.records.filter(({ key }) => !key.startsWith(identities) || signers.has(key)),
    signatures,
  };
  const verified = await verifyRecovery(await provenChain(plan.chain, network), certificate, verifySignature);
  if (verified.ok) return { certificate, happened: verified.recovery.break };
  const { reason, expected, actual, inputs } = verified.check;
  throw refused('recovery-refused', 'This is no recovery yet.', { reason, expected, actual, ...inputs });
}

const refused = (code: string, headline: string, facts: Readonly<Record<string, unknown>>): CliError =>
  new CliError(
    exitCodes.refused,
    code,
    headline,
    facts,
    'Nothing was written. Ask the member whose signature it is, or for those that are missing.',
  );
