import { CodecError } from '../../../shared/codec/codec-error.ts';
import { fromHex, toHex } from '../../../shared/codec/hex.ts';
import type { VerifySignature } from '../../../shared/crypto/ed25519.ts';
import { sha256 } from '../../../shared/crypto/sha256.ts';
import { chainReportSigningBytes, decodeChainReport } from '../../../shared/protocol/chain-report.ts';
import { type Check, compared, failed, malformed, passed } from '../../../shared/protocol/checks.ts';
import { opening } from '../../../shared/protocol/verify-receipt.ts';
import type { NetworkId } from '../../../shared/types/brands.ts';
import type { VerificationReport } from '../features/verify/checks.ts';
import type { ChainReportSubject } from '../features/verify/subjects.ts';

/** That it is a report about this network, and that the key which it names signed it. It proves no block. */
export async function checkChainReport(
  subject: ChainReportSubject,
  network: NetworkId,
  verify: VerifySignature,
): Promise<VerificationReport> {
  const report = opening(() => decodeChainReport(subject.bytes));
  if (report instanceof CodecError) return { checks: [malformed(report)] };
  const decoded = passed('decode', { inputs: { bytes: subject.bytes.length } });
  const header = compared('header', 'wrong-network', network, report.network, {
    inputs: { 'report of': report.network },
  });
  if (!header.ok) return { checks: [decoded, header] };
  return { checks: [decoded, header, await checkSignature(subject, network, verify)] };
}

async function checkSignature(
  { bytes, key, signature }: ChainReportSubject,
  network: NetworkId,
  verify: VerifySignature,
): Promise<Check> {
  if (key === undefined || signature === undefined)
    return failed('leaf', 'client-signature', {
      expected: 'a key and its signature',
      actual: 'an unsigned report',
      inputs: { signer: 'nobody' },
    });
  const details = { inputs: { signer: key, 'report hash': toHex(sha256(bytes)) } };
  return (await verify(fromHex(key), chainReportSigningBytes(network, bytes), signature))
    ? passed('leaf', details)
    : failed('leaf', 'client-signature', { ...details, expected: 'valid', actual: 'invalid' });
}
