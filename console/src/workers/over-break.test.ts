/** What pages say of blocks that lie before, at and behind a place that no quorum proves. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  keptWithoutSeals,
  type RecoveredStory,
  recoveredStory,
} from '../../../node/cli/recovery/test-break.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../../node/storage/test-support.ts';
import { jsonOfCertificate, jsonOfEpochLink, jsonOfHeader } from '../../../shared/api/json-of-ledger.ts';
import type { BlockSummaryJson } from '../../../shared/api.ts';
import { toBase64Url } from '../../../shared/codec/hex.ts';
import { verifyNobleAsync } from '../../../shared/crypto/ed25519.ts';
import { isKeptByRecovery, sentenceOf } from '../features/verify/checks.ts';
import { verifySubject } from './checks-of.ts';

let place: TemporaryDirectory;
let recovered: RecoveredStory;
beforeAll(async () => {
  place = temporaryDirectory();
  recovered = await recoveredStory(place.path);
});
afterAll(() => place.remove());

function blockJson(height: number): BlockSummaryJson {
  const { story, next } = recovered;
  const made = [...story.blocks, next][height - 1]!;
  const { header, headerBytes, hash, ran } = made.block;
  const certificate = height === 4 || height === 5 ? keptWithoutSeals(made) : made.certificate;
  return {
    height,
    hash,
    header: jsonOfHeader(header),
    headerBytes: toBase64Url(headerBytes),
    certificate: jsonOfCertificate(certificate),
    transactionCount: ran.length,
    failedCount: 0,
  };
}

async function reportOf(height: number) {
  const { genesis } = recovered.story.chain;
  const origin = { headerBytes: toBase64Url(genesis.headerBytes), validators: [...genesis.validators] };
  const epochs = { genesis: origin, links: [jsonOfEpochLink(recovered.link)] };
  const subject = { kind: 'certificate', block: blockJson(height) } as const;
  const { report } = await verifySubject({ subject, network: genesis.network, epochs }, verifyNobleAsync);
  return report;
}

test('a block below the break has nothing to do with it', async () => {
  const { proven } = await reportOf(3);
  expect(proven).toMatchObject({ height: 3 });
  expect(proven).not.toHaveProperty('breaks');
  expect(isKeptByRecovery(proven!)).toBe(false);
});

test.each([4, 5])('block %d, which a recovery kept, is not said to be sealed by a quorum', async (height) => {
  const { checks, proven } = await reportOf(height);
  expect(isKeptByRecovery(proven!)).toBe(true);
  expect(sentenceOf(checks.find(({ id }) => id === 'quorum')!)).toBe(
    'No quorum sealed it: the recovery that ended its epoch kept this very block',
  );
});

test('a block behind the break is sealed by the new quorum, and the break is told', async () => {
  const { checks, proven } = await reportOf(6);
  expect(proven?.breaks).toMatchObject([{ base: 3, height: 5, reason: 'a fire' }]);
  expect(isKeptByRecovery(proven!)).toBe(false);
  expect(sentenceOf(checks.find(({ id }) => id === 'quorum')!)).toMatch(/^3 valid seals/);
});
