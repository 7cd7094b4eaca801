/** Every check of the console over six epochs: each block by the set of its own epoch, each wrong hand-over refused. */
import { beforeEach, describe, expect, test } from 'vitest';
import {
  buildExampleNetwork,
  certify,
  type ExampleBlock,
  exampleEntries,
  examplePack,
  exampleReceipt,
  proveExampleKey,
} from '../../../scripts/lib/example-network.ts';
import { jsonOfCertificate, jsonOfEpochLink, jsonOfHeader } from '../../../shared/api/json-of-ledger.ts';
import type { BlockJson, EpochLinkJson, HistoryInclusionJson, StateJson } from '../../../shared/api.ts';
import { fromHex, toBase64Url } from '../../../shared/codec/hex.ts';
import {
  encodeHeader,
  encodeProofPack,
  encodeReceipt,
  headerHash,
  transactionId,
} from '../../../shared/codec/ledger.ts';
import { type VerifySignature, verifyNobleAsync } from '../../../shared/crypto/ed25519.ts';
import { consistencyProof, inclusionProof } from '../../../shared/crypto/merkle.ts';
import { heightOf, type NetworkId } from '../../../shared/types/brands.ts';
import type { Certificate, Header } from '../../../shared/types/ledger.ts';
import { firstFailure, sentenceOf } from '../features/verify/checks.ts';
import type { EpochsClaim, Subject } from '../features/verify/subjects.ts';
import { verifySubject } from './checks-of.ts';

const example = buildExampleNetwork({ validators: 4, epochs: 6, transactions: 1 });
const { network, blocks, links } = example;
const blockAt = (height: number): ExampleBlock => blocks[height] as ExampleBlock;
const genesis = {
  headerBytes: toBase64Url(blockAt(0).headerBytes),
  validators: [...blockAt(0).validators],
};
const all: EpochsClaim = { genesis, links: links.map(jsonOfEpochLink) };
const claimOf = (handOvers: readonly EpochLinkJson[]): EpochsClaim => ({ genesis, links: handOvers });

function blockJson(block: ExampleBlock, certificate: Certificate | undefined = block.certificate): BlockJson {
  return {
    height: block.header.height,
    hash: block.hash,
    header: jsonOfHeader(block.header),
    headerBytes: toBase64Url(block.headerBytes),
    certificate: certificate === undefined ? null : jsonOfCertificate(certificate),
    transactionCount: block.envelopes.length,
    failedCount: 0,
    transactionIds: block.envelopes.map(transactionId),
    outcomes: block.outcomes.map(toBase64Url),
  };
}
const leaves = blocks.map(({ hash }) => fromHex(hash));
function inclusionOf(height: number, at: number): HistoryInclusionJson {
  const { index, size, path } = inclusionProof(leaves.slice(0, at), height);
  const proof = { index, size, path: [...path] };
  return { height, hash: blockAt(height).hash, at: blockJson(blockAt(at)), proof };
}
function stateAt(height: number): StateJson {
  const [key, value] = exampleEntries[1]!;
  const { siblings, otherLeaf } = proveExampleKey(key);
  const { certificate, header, headerBytes } = blockJson(blockAt(height));
  const proof = { siblings: [...siblings], ...(otherLeaf === undefined ? {} : { otherLeaf }) };
  return { key, height, header, headerBytes, certificate, value: toBase64Url(value), proof };
}
function heightsOf(from: number, to: number): Subject {
  const proof = [...consistencyProof(leaves, from, to)];
  const consistency = { from: blockJson(blockAt(from)), to: blockJson(blockAt(to)), proof };
  return { kind: 'heights', heights: { from, to, consistency, inclusion: inclusionOf(from, to) } };
}
const blockSubject = (height: number, at?: number): Subject => ({
  kind: 'block',
  block: blockJson(blockAt(height)),
  ...(at === undefined ? {} : { inclusion: inclusionOf(height, at) }),
});
const certificateSubject = (height: number): Subject => ({
  kind: 'certificate',
  block: blockJson(blockAt(height)),
});
const receiptSubject = (height: number): Subject => ({
  kind: 'receipt',
  bytes: encodeReceipt(exampleReceipt(blockAt(height), 0)),
});
const stateSubject = (height: number): Subject => {
  const entry = stateAt(height);
  return { kind: 'state', key: entry.key, entry };
};
const packSubject: Subject = { kind: 'pack', bytes: encodeProofPack(examplePack(example, 0)) };

let verified = 0;
const verify: VerifySignature = (...signature) => {
  verified += 1;
  return verifyNobleAsync(...signature);
};
async function verdictOf(subject: Subject, epochs: EpochsClaim | undefined = all): Promise<string> {
  const asked = { subject, network, ...(epochs === undefined ? {} : { epochs }) };
  const { report } = await verifySubject(asked, verify);
  const failure = firstFailure(report.checks);
  if (failure !== undefined) return `${failure.id}: ${sentenceOf(failure)}`;
  return `proven at ${report.proven?.height}`;
}

const subjects: readonly (readonly [string, Subject, height: number])[] = [
  ['the genesis block', blockSubject(0, 6), 0],
  ['a block of the first epoch in the history of one of the sixth', blockSubject(1, 6), 1],
  ['a block of the third epoch in the history of one of the fourth', blockSubject(3, 4), 3],
  ['the newest block', blockSubject(6), 6],
  ['a certificate of the first epoch', certificateSubject(1), 1],
  ['a certificate of the fifth epoch', certificateSubject(5), 5],
  ['a receipt of the first epoch', receiptSubject(1), 1],
  ['a receipt of the sixth epoch', receiptSubject(6), 6],
  ['state of the second epoch', stateSubject(2), 2],
  ['state of the sixth epoch', stateSubject(6), 6],
  ['two heights, five epochs apart', heightsOf(1, 6), 6],
  ['a pack', packSubject, 6],
];

describe('over six epochs', () => {
  test.each(subjects)('%s is proven', async (_name, subject, height) => {
    expect(await verdictOf(subject)).toBe(`proven at ${height}`);
  });

  test('the row of history says the epoch', async () => {
    const { report } = await verifySubject({ subject: receiptSubject(6), network, epochs: all }, verify);
    expect(report.checks.map(({ id, ok }) => `${id} ${ok}`)).toEqual([
      'decode true',
      'leaf true',
      'path true',
      'header true',
      'quorum true',
      'history true',
    ]);
    expect(sentenceOf(report.checks.at(-1)!)).toBe(
      'The validators of epoch 5 follow from the pinned genesis block, one hand-over after the other',
    );
  });

  test.each(subjects.filter(([, , height]) => height > 3))(
    '%s is not proven without the hand-overs to its epoch',
    async (_name, subject, height) => {
      const verdict = await verdictOf(subject, claimOf(all.links.slice(0, 2)));
      // A pack carries its own.
      if (subject.kind === 'pack') expect(verdict).toBe('proven at 6');
      else expect(verdict).toBe(`quorum: No hand-over to epoch ${height - 1} is known that could be proven`);
    },
  );

  test('what was followed is not verified again, and a changed hand-over is', async () => {
    await verdictOf(certificateSubject(6));
    verified = 0;
    expect(await verdictOf(certificateSubject(6))).toBe('proven at 6');
    expect(verified).toBe(3);
    const [seal, ...seals] = all.links[4]!.certificate.seals;
    const other = {
      ...all.links[4]!,
      certificate: { ...all.links[4]!.certificate, seals: [seal!, seal!, ...seals] },
    };
    expect(await verdictOf(certificateSubject(6), claimOf(all.links.with(4, other)))).toBe(
      'history: The hand-over to epoch 5 does not hold: a validator is counted twice',
    );
    expect(await verdictOf(certificateSubject(2), claimOf(all.links.slice(0, 1)))).toBe('proven at 2');
    expect(await verdictOf(certificateSubject(6))).toBe('proven at 6');
  });

  test('so many hand-overs are told to hold as do', async () => {
    const heldOf = async (epochs: EpochsClaim, id: string = network) =>
      (await verifySubject({ subject: packSubject, network: id, epochs }, verify)).held;
    expect(await heldOf(all)).toBe(5);
    expect(await heldOf(claimOf(all.links.slice(0, 3)))).toBe(3);
    expect(await heldOf(claimOf(all.links.with(3, all.links[2]!)))).toBe(3);
    expect(await heldOf(all, 'ab'.repeat(32))).toBeUndefined();
  });
});

const third = all.links[2]!;
const lies: readonly (readonly [string, EpochLinkJson, why: string])[] = [
  [
    'names another next set',
    { ...third, nextValidators: all.links[3]!.nextValidators },
    'the validator set is not',
  ],
  [
    'leaves one of the next set out',
    { ...third, nextValidators: third.nextValidators.slice(1) },
    'the validator set is not',
  ],
  ['has a seal too few', withSeals(third.certificate.seals.slice(1)), 'fewer seals than a quorum'],
  [
    'has the seal of another',
    withSeals([
      { ...third.certificate.seals[0]!, signature: third.certificate.seals[1]!.signature },
      ...third.certificate.seals.slice(1),
    ]),
    'a seal is not a valid signature',
  ],
  ['is the one before', all.links[1]!, 'the validator set is not'],
  ['is no header', { ...third, header: 'AAAA' }, 'the bytes are not in the declared form'],
];
function withSeals(seals: EpochLinkJson['certificate']['seals']): EpochLinkJson {
  return { ...third, certificate: { ...third.certificate, seals } };
}

describe.each(lies)('a hand-over that %s', (_name, link, why) => {
  test.each(subjects)('fails as such, whatever is checked: %s', async (_what, subject) => {
    const verdict = await verdictOf(subject, claimOf(all.links.with(2, link)));
    expect(verdict).toContain(`history: The hand-over to epoch 3 does not hold: ${why}`);
  });
});

describe('who remembers the hand-overs', () => {
  /** Sealed by the set of epoch 1 at a height behind its end. */
  const { header, validators } = blockAt(2);
  const changed: Header = {
    ...header,
    nextEpoch: header.epoch,
    nextValidators: header.validators,
    height: heightOf(5),
  };
  const headerBytes = encodeHeader(changed);
  const hash = headerHash(headerBytes);
  const certificate = certify(
    network,
    { epoch: changed.epoch, height: changed.height, block: hash },
    validators,
  );
  const forged: ExampleBlock = { ...blockAt(2), header: changed, headerBytes, hash, certificate };
  const forgedReceipt = { ...exampleReceipt(blockAt(2), 0), header: headerBytes, certificate };
  const forgedPack = { ...examplePack(example, 0), epochs: links.slice(0, 1), receipt: forgedReceipt };
  const misplaced: readonly (readonly [string, Subject])[] = [
    ['block', { kind: 'block', block: blockJson(forged) }],
    ['certificate', { kind: 'certificate', block: blockJson(forged) }],
    ['receipt', { kind: 'receipt', bytes: encodeReceipt(forgedReceipt) }],
    ['state', { kind: 'state', key: stateAt(2).key, entry: { ...stateAt(2), ...blockJson(forged) } }],
    ['pack', { kind: 'pack', bytes: encodeProofPack(forgedPack) }],
  ];
  test.each(misplaced)(
    'refuses a %s that former validators sealed behind the end of their epoch',
    async (_name, subject) => {
      expect(await verdictOf(subject)).toBe('history: The height is none of its epoch');
    },
  );

  test('refuses two heights of which one is such a block', async () => {
    const subject = heightsOf(1, 5);
    if (subject.kind !== 'heights') throw new Error('these are heights');
    const { heights } = subject;
    const consistency = { ...heights.consistency, to: blockJson(forged) };
    expect(await verdictOf({ kind: 'heights', heights: { ...heights, consistency } })).toBe(
      'history: The height is none of its epoch',
    );
  });
});

describe('the genesis', () => {
  beforeEach(() => {
    verified = 0;
  });

  test('of another network fails before anything is verified', async () => {
    const other = { subject: packSubject, network: 'ab'.repeat(32) as NetworkId, epochs: all };
    const { report } = await verifySubject(other, verify);
    expect(firstFailure(report.checks)).toMatchObject({ id: 'history', reason: 'genesis-hash' });
    expect(verified).toBe(0);
  });

  test('is checked alone', async () => {
    const alone = (id: string) =>
      verifySubject({ subject: { kind: 'genesis', genesis }, network: id }, verify);
    expect((await alone(network)).report.checks).toMatchObject([{ id: 'history', ok: true }]);
    expect(firstFailure((await alone('ab'.repeat(32))).report.checks)?.reason).toBe('genesis-hash');
  });
});
