import { expect, test } from 'vitest';
import { toHex } from '../../../shared/codec/hex.ts';
import { publicKeyOf, signNoble, verifyNobleAsync } from '../../../shared/crypto/ed25519.ts';
import {
  type ChainReport,
  chainReportSigningBytes,
  decodeChainReport,
  encodeChainReport,
} from '../../../shared/protocol/chain-report.ts';
import type { BlockHash, NetworkId } from '../../../shared/types/brands.ts';
import { firstFailure, sentenceOf } from '../features/verify/checks.ts';
import type { ChainReportSubject } from '../features/verify/subjects.ts';
import { checkChainReport } from './check-chain-report.ts';

const network = 'ab'.repeat(32) as NetworkId;
const seed = new Uint8Array(32).fill(3);
const key = toHex(publicKeyOf(seed));
const report = {
  network,
  result: 'failed',
  height: 11,
  block: 'cd'.repeat(32) as BlockHash,
  epoch: 0,
  seals: 33,
  gateway: 'http://127.0.0.1:8101',
  startedAt: 1,
  finishedAt: 2,
  failure: { height: 12, check: 'quorum', reason: 'too-few-signers', expected: '≥ 3', actual: '2' },
} as ChainReport;
const bytes = encodeChainReport(report);
const signature = signNoble(seed, chainReportSigningBytes(network, bytes));
const signed: ChainReportSubject = { kind: 'chain-report', bytes, key, signature };

async function verdictOf(subject: ChainReportSubject, id = network): Promise<string> {
  const { checks } = await checkChainReport(subject, id, verifyNobleAsync);
  const failure = firstFailure(checks);
  return failure === undefined ? `${checks.length} checks` : `${failure.id}: ${sentenceOf(failure)}`;
}

test('a report comes back as it was written, with and without a failure', () => {
  expect(decodeChainReport(bytes)).toEqual(report);
  const { failure: _, ...verified } = { ...report, result: 'verified' as const };
  expect(decodeChainReport(encodeChainReport(verified))).toEqual(verified);
  const breaks = [{ base: 3, height: 5, epoch: 1, digest: 'ef'.repeat(32) }] as NonNullable<
    ChainReport['breaks']
  >;
  const overBreak = { ...verified, breaks };
  expect(decodeChainReport(encodeChainReport(overBreak))).toEqual(overBreak);
});

test('a signed report holds', async () => {
  expect(await verdictOf(signed)).toBe('3 checks');
});

const { key: _key, signature: _signature, ...unsigned } = signed;
const changed = encodeChainReport({ ...report, height: 99 as ChainReport['height'] });
test.each<[string, ChainReportSubject, NetworkId, string]>([
  ['that nobody signed', unsigned, network, 'leaf: Nobody signed it'],
  [
    'that was changed',
    { ...signed, bytes: changed },
    network,
    'leaf: The key that it names did not sign these bytes',
  ],
  [
    'of another signer',
    { ...signed, key: toHex(publicKeyOf(seed.with(0, 9))) },
    network,
    'leaf: The key that it names did not sign these bytes',
  ],
  ['of another network', signed, 'ef'.repeat(32) as NetworkId, 'header: It belongs to another network'],
  [
    'that is something else',
    { ...signed, bytes: Uint8Array.of(0xa0) },
    network,
    'decode: The bytes are not in the declared form',
  ],
])('a report %s does not', async (_name, subject, id, expected) => {
  expect(await verdictOf(subject, id)).toBe(expected);
});
