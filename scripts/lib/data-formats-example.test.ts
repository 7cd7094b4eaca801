import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decodeEvidence } from '../../shared/codec/evidence.ts';
import { fromHex, toHex } from '../../shared/codec/hex.ts';
import { decodeOutcome, decodeTransactionBody, decodeValidatorSet } from '../../shared/codec/ledger.ts';
import { verifyNobleAsync } from '../../shared/crypto/ed25519.ts';
import { verifyConsistency, verifyInclusion } from '../../shared/crypto/merkle.ts';
import { verifySparseProof } from '../../shared/crypto/sparse-merkle-tree.ts';
import { verifyEvidence } from '../../shared/protocol/verify-evidence.ts';
import { verifyProofPack } from '../../shared/protocol/verify-pack.ts';
import type { Digest, NetworkId } from '../../shared/types/brands.ts';
import { absentKeys, withExample } from './data-formats-example.ts';
import { edited } from './refused-packs.ts';

const document = readFileSync(new URL('../../docs/data-formats.md', import.meta.url), 'utf8');
const recoveryHeading = '## 11. A pack with a recovery';
const [plainPart, recoveryPart] = document.split(recoveryHeading) as [string, string];
const printedIn = (part: string, heading: string): string =>
  part.split(`${heading}:\n\n\`\`\`\n`)[1]!.split('\n```')[0]!.replaceAll('\n', '');
const printed = (heading: string): string => printedIn(plainPart, heading);
const printedDigests = (heading: string): Digest[] => printed(heading).split(' ') as Digest[];
const printedPack = fromHex(printed('the whole proof pack, which verifies against the network id above'));
const network = printed('network id') as NetworkId;

test('the worked example in docs/data-formats.md is what the code yields', () => {
  expect(withExample(document)).toBe(document);
});

test('the printed pack verifies against the printed network id', async () => {
  const result = await verifyProofPack(printedPack, network, verifyNobleAsync);
  expect(result.checks.map(({ id, ok }) => [id, ok])).toEqual([
    ['decode', true],
    ['leaf', true],
    ['path', true],
    ['header', true],
    ['quorum', true],
    ['history', true],
  ]);
});

test('the printed evidence verifies with the printed validator set of genesis', async () => {
  const evidence = decodeEvidence(
    fromHex(printed('evidence: two seals of validator-1 for height 1, epoch 0')),
  );
  const validators = decodeValidatorSet(fromHex(printed('genesis validator set, as CBOR list')));
  const { ok, checks } = await verifyEvidence(evidence, validators, network, verifyNobleAsync);
  expect([ok, checks.length]).toEqual([true, 4]);
});

test('the printed transaction holds 2^53 as an integer and as a double, and keeps them apart', () => {
  const { args } = decodeTransactionBody(fromHex(printed('body of the transaction')));
  expect(args).toMatchObject({ amount: 2n ** 53n, weight: 2 ** 53, debt: -(2n ** 53n) - 1n });
});

test('the printed outcome that failed leads to the printed root', () => {
  const outcome = fromHex(printed('outcome of the third transaction of block 2, which failed'));
  expect(decodeOutcome(outcome)).toMatchObject({ status: 'failed', rejection: { facts: { expected: 7 } } });
  const path = printedDigests('path of that outcome (index 2 of 3)');
  const root = printed('root of outcomes in the header') as Digest;
  expect(verifyInclusion(outcome, { index: 2, size: 3, path }, root)).toBe(true);
});

test('the printed proofs of absence hold, one with another leaf and one without', () => {
  const root = printed('root of state in the header') as Digest;
  const [key, value] = printedDigests('its `otherLeaf`, key and value') as [Digest, Digest];
  const proofs = absentKeys.map((name, i) => ({
    key: fromHex(printed(`digest of the absent state key \`${name}\``)),
    siblings: printedDigests(`siblings of the absence proof of \`${name}\``),
    ...(i === 0 && { otherLeaf: { key, value } }),
  }));
  for (const { key: absent, ...proof } of proofs) {
    expect(verifySparseProof(root, absent, undefined, proof)).toBe(true);
  }
});

test.each([3, 4])('the printed consistency proof from %i to 7 holds', (from) => {
  const head = (size: number) => ({
    size,
    root: printed(
      `root of the first ${size} of the leaves 00, 01, 02, 03, 04, 05, 06 (one byte each)`,
    ) as Digest,
  });
  const proof = printedDigests(`consistency proof from ${from} to 7 of them`);
  expect(verifyConsistency(proof, head(from), head(7))).toBe(true);
});

const editsIn = (part: string) =>
  [...part.matchAll(/^\| (\d+) \| (\d+) \| (?:`([0-9a-f]+)`)? ?\| (.+) \| (.+) \|$/gm)].map(
    ([, offset, removed, inserted = '', why, step]) => ({
      ...{ offset: Number(offset), removed: Number(removed), inserted },
      ...{ why: why!, step: step! },
    }),
  );

/** The first check that fails, with its reason. */
async function failureOf(pack: Uint8Array, id: NetworkId): Promise<string> {
  const { ok, checks } = await verifyProofPack(pack, id, verifyNobleAsync);
  expect(ok).toBe(false);
  const failing = checks.find((check) => !check.ok && check.reason !== 'not-reached');
  return `${failing?.id}: ${failing?.reason}`;
}

describe('the printed edits', () => {
  const rows = editsIn(plainPart);
  /** By step of the page, what our verifier says: it shows all checks and names the first that failed. */
  const failures: { readonly [step: string]: readonly string[] } = {
    A: ['decode: malformed'],
    'B.1': ['history: genesis-hash'],
    'B.3': ['history: validator-set'],
    'D.3': ['history: validator-set'],
    'E (C.1)': ['header: block-hash'],
    'E (C.2)': ['quorum: validator-set'],
    'E (C.3)': ['quorum: signer-order', 'quorum: unknown-signer'],
    'E (C.4)': ['quorum: too-few-signers'],
    'E (C.5)': ['quorum: seal-signature'],
    'F.2': ['leaf: wrong-transaction'],
    'G.1': ['path: proof-position'],
    'G.2': ['path: root'],
    'G.3': ['path: root'],
  };

  test('are as many as the code yields', () => {
    expect(rows.length).toBe(18);
  });

  test.each(rows)('$why is refused at $step', async ({ step, ...edit }) => {
    const pack = edited(printedPack, edit);
    expect(toHex(pack)).not.toBe(toHex(printedPack));
    expect(failures[step]).toContain(await failureOf(pack, network));
  });
});

describe('the printed pack with a recovery', () => {
  const id = printedIn(recoveryPart, 'network id') as NetworkId;
  const pack = fromHex(printedIn(recoveryPart, 'the whole proof pack'));
  const rows = editsIn(recoveryPart);
  const failures: { readonly [step: string]: string } = {
    'D.2 (C.5)': 'history: seal-signature',
    'D.4': 'history: recovery-statement',
    'D.5': 'history: recovery-possession',
    'D.7': 'history: recovery-record',
    'D.8': 'history: recovery-signature',
    E: 'header: epoch',
  };

  test('verifies, tells of one recovery, and that it kept the block', async () => {
    const { ok, breaks } = await verifyProofPack(pack, id, verifyNobleAsync);
    const digest = printedIn(recoveryPart, 'digest of the recovery');
    expect(ok).toBe(true);
    expect(breaks).toMatchObject([{ digest, base: 1, height: 3, epoch: 1, survivors: ['a'], of: 1 }]);
  });

  test('has seven edits', () => {
    expect(rows.length).toBe(7);
  });

  test.each(rows)('$why is refused at $step', async ({ step, ...edit }) => {
    const changed = edited(pack, edit);
    expect(toHex(changed)).not.toBe(toHex(pack));
    expect(await failureOf(changed, id)).toBe(failures[step]);
  });
});

test('lines of values are filled', () => {
  const blocks = document.split('<!-- example')[1]!.match(/```\n[^`]+\n```/g)!;
  for (const block of blocks) {
    for (const line of block.split('\n').slice(1, -2)) expect(line.length).toBe(128);
  }
});

test('a document without markers is refused', () => {
  expect(() => withExample('# no example')).toThrow('markers');
});
