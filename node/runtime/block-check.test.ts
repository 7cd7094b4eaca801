import { describe, expect, it } from 'vitest';
import { batchDigest, encodeHeader, headerHash, validatorSetDigest } from '../../shared/codec/ledger.ts';
import { sealSigningBytes } from '../../shared/codec/messages.ts';
import { epochOf, heightOf, type ValidatorId, zeroDigest } from '../../shared/types/brands.ts';
import type { Certificate, Header, ValidatorSet } from '../../shared/types/ledger.ts';
import { checkHeaders, checkRange } from './block-check.ts';
import { createEpochTrail, type EpochTrail } from './epoch-trail.ts';
import type { StoredBlock } from './ports.ts';
import type { AcceptedRecovery, Recoveries } from './recoveries.ts';
import {
  createTestContext,
  document,
  genesis,
  ids,
  isSignatureOf,
  keyOf,
  signatureOf,
} from './test-support.ts';

const { network } = genesis;
const batch = { time: 0, proposer: ids[0]!, ids: [] };

/** Genesis' set, then one with another key for v1, then one with v5 in the place of v2. */
const sets: readonly ValidatorSet[] = [
  document.validators,
  document.validators.map((one) => (one.id === 'v1' ? { ...one, consensusKey: keyOf('v1 second') } : one)),
  [...document.validators.filter(({ id }) => id !== 'v2'), { ...document.validators[0]!, ...fifth() }],
];

function fifth() {
  return { id: 'v5' as ValidatorId, consensusKey: keyOf('v5') };
}

interface Forgery {
  readonly header?: Partial<Header>;
  readonly sealers?: ValidatorSet;
  readonly nextValidators?: ValidatorSet | undefined;
}

/** Block `height` of a chain whose epochs are three blocks long each. */
function blockAt(height: number, forgery: Forgery = {}): StoredBlock {
  const epoch = Math.floor((height - 1) / 3);
  const endsEpoch = height % 3 === 0;
  const set = sets[epoch]!;
  const next = endsEpoch ? sets[epoch + 1]! : set;
  const header: Header = {
    ...genesis.header,
    network,
    epoch: epochOf(epoch),
    nextEpoch: epochOf(endsEpoch ? epoch + 1 : epoch),
    height: heightOf(height),
    batch: batchDigest(batch),
    validators: validatorSetDigest(set),
    nextValidators: validatorSetDigest(next),
    ...forgery.header,
  };
  const nextValidators = 'nextValidators' in forgery ? forgery.nextValidators : endsEpoch ? next : undefined;
  const bytes = encodeHeader(header);
  return {
    header: bytes,
    certificate: certificateOf(header, bytes, forgery.sealers ?? set),
    batch,
    envelopes: [],
    ...(nextValidators && { nextValidators }),
  };
}

function certificateOf({ epoch, height }: Header, bytes: Uint8Array, sealers: ValidatorSet): Certificate {
  const content = { epoch, height, block: headerHash(bytes) };
  const signed = sealSigningBytes(network, content);
  const seals = sealers
    .slice(0, 3)
    .map(({ id, consensusKey }) => ({ validator: id, signature: signatureOf(consensusKey, signed) }));
  return { ...content, seals };
}

const trail = (): EpochTrail => createTestContext().context.trail;
const range = (from: number, to: number): StoredBlock[] =>
  Array.from({ length: to - from + 1 }, (_, index) => blockAt(from + index));

function checked(from: number, blocks: readonly StoredBlock[], known = trail()) {
  const result = checkRange(known, heightOf(from), blocks);
  if (typeof result === 'string' || 'unknownEpoch' in result) return result;
  const areValid = result.checks.every((check) => {
    const { key, message, signature } = check.item();
    return isSignatureOf(key, message, signature as never);
  });
  return { ...result, areValid };
}

describe('a range that crosses epochs (rules C1, E2)', () => {
  it('is judged block by block with the set that each hand-over brings, over three epochs', () => {
    const result = checked(1, range(1, 8));
    if (typeof result === 'string' || 'unknownEpoch' in result) throw new Error(JSON.stringify(result));
    expect(result.areValid).toBe(true);
    expect(result.checks).toHaveLength(8 * 3);
    expect(result.handOvers.map(({ header }) => [header.height, header.nextEpoch])).toEqual([
      [3, 1],
      [6, 2],
    ]);
  });

  it('leads nobody astray before its seals are verified: the trail learns of it only when told', () => {
    const known = trail();
    checkRange(known, heightOf(1), range(1, 4));
    expect(known.setOf(epochOf(1))).toBeUndefined();
    expect(checked(4, range(4, 5), known)).toEqual({ unknownEpoch: 1 });
    const first = checkRange(known, heightOf(1), range(1, 3));
    if (typeof first === 'string' || 'unknownEpoch' in first) throw new Error('refused');
    known.learn(first.handOvers);
    expect(checked(4, range(4, 5), known)).toMatchObject({ areValid: true });
    expect([3, 4, 9].map((height) => known.epochAt(heightOf(height)))).toEqual([0, 1, 1]);
  });

  it('does not take the old key of a validator for the new one', () => {
    const blocks = [...range(1, 3), blockAt(4, { sealers: sets[0]! })];
    expect(checked(1, blocks)).toMatchObject({ areValid: false });
  });

  it.each([
    ['the set is missing', blockAt(3, { nextValidators: undefined }), 'another set than its header'],
    ['it is another set', blockAt(3, { nextValidators: sets[2]! }), 'another set than its header'],
    [
      'a set comes where nothing ends',
      blockAt(2, { nextValidators: sets[1]! }),
      'a set that follows nothing',
    ],
    [
      'an epoch is left out',
      blockAt(3, { header: { nextEpoch: epochOf(2) } }),
      'a later epoch than the next',
    ],
  ])('is refused if %s', (_what, forged, reason) => {
    const before = range(1, Number(forged.certificate.height) - 1);
    expect(checked(1, [...before, forged])).toContain(reason);
  });

  it('is refused if the keys of an epoch that is over seal behind its end, however it is asked for', () => {
    const known = trail();
    const late = blockAt(4, { header: { epoch: epochOf(0), nextEpoch: epochOf(0) }, sealers: sets[0]! });
    expect(checked(1, [...range(1, 3), late], known)).toBe('epoch 0 was over at 4');
    known.learn([{ header: headerOf(3), nextValidators: sets[1]! }]);
    expect(checked(4, [late], known)).toBe('epoch 0 was over at 4');
  });

  it('is refused if an epoch seals before it began', () => {
    const known = trail();
    known.learn([{ header: headerOf(3), nextValidators: sets[1]! }]);
    const early = blockAt(2, { header: { epoch: epochOf(1), nextEpoch: epochOf(1) }, sealers: sets[1]! });
    expect(checked(2, [early], known)).toBe('epoch 1 had not begun at 2');
  });

  it('needs no bodies where headers alone are asked for, and names what is no header', () => {
    expect(checkHeaders(trail(), heightOf(1), range(1, 7))).toMatchObject({ headers: { length: 7 } });
    const junk = { ...blockAt(2), header: new Uint8Array([1]) };
    expect(checkHeaders(trail(), heightOf(1), [blockAt(1), junk])).toContain('not readable');
    const other = blockAt(1, { header: { network: zeroDigest as never } });
    expect(checkHeaders(trail(), heightOf(1), [other])).toBe('another network');
  });
});

describe('a trail of epochs', () => {
  it('believes in no scheduled set, which may still be withdrawn', () => {
    const { context } = createTestContext();
    const known = createEpochTrail(network, context.epochs);
    const scheduled = { ...context.epochs.current(), epoch: epochOf(1), firstHeight: heightOf(4) };
    context.epochs.boundary({ kind: 'within', lastHeight: heightOf(3), scheduled });
    expect(context.epochs.setOf(epochOf(1))).toBeDefined();
    expect(known.setOf(epochOf(1))).toBeUndefined();
  });
});

/** Blocks 1 and 2 were certified by the founders, 3 and 4 by nobody; then the second set seals. */
describe('over a break', () => {
  const inEpoch = (height: number, epoch: number, forgery: Forgery = {}): StoredBlock => {
    const set = sets[epoch]!;
    const digest = validatorSetDigest(set);
    const header = {
      epoch: epochOf(epoch),
      nextEpoch: epochOf(epoch),
      validators: digest,
      nextValidators: digest,
    };
    return blockAt(height, {
      sealers: set,
      nextValidators: undefined,
      ...forgery,
      header: { ...header, ...forgery.header },
    });
  };
  const keptBlock = (height: number, forgery: Forgery = {}): StoredBlock =>
    inEpoch(height, 0, { sealers: [], ...forgery });
  const chain = [inEpoch(1, 0), inEpoch(2, 0), keptBlock(3), keptBlock(4), inEpoch(5, 1), inEpoch(6, 1)];
  const kept = new Map(chain.slice(1, 4).map((block, at) => [at + 2, block.certificate.block]));
  const content = { epoch: epochOf(1), validators: sets[1]! };
  const recovery = {
    base: heightOf(2),
    height: heightOf(4),
    certificate: { content },
  } as unknown as AcceptedRecovery;
  const over = (recoveries?: Pick<Recoveries, 'all' | 'kept'>): EpochTrail =>
    createEpochTrail(network, createTestContext().context.epochs, recoveries);
  const accepted = (): EpochTrail => over({ all: [recovery], kept: (height) => kept.get(height) });

  it('kept blocks need no seals, and the recovered set seals what follows', () => {
    const checked = checkRange(accepted(), heightOf(1), chain);
    expect(checked).toMatchObject({ blocks: { length: 6 }, checks: { length: 4 * 3 }, handOvers: [] });
    const alone = checkRange(accepted(), heightOf(5), chain.slice(4));
    expect(alone).toMatchObject({ blocks: { length: 2 } });
  });

  it('nothing of it is taken by a node whose operator accepted nothing', () => {
    expect(checkRange(over(), heightOf(3), chain.slice(2, 3))).toBe('a certificate without a quorum');
    expect(checkRange(over(), heightOf(5), chain.slice(4))).toEqual({ unknownEpoch: 1 });
  });

  it('the block that a quorum sealed last is taken with its seals alone', () => {
    expect(checkRange(accepted(), heightOf(2), [inEpoch(2, 0, { sealers: [] })])).toBe(
      'a certificate without a quorum',
    );
  });

  it('another block at a height that is kept is refused, whoever sealed it', () => {
    const other = inEpoch(3, 0, { header: { time: 77 } });
    expect(checkRange(accepted(), heightOf(3), [other])).toContain('accepted recovery keeps');
    const unsealed = keptBlock(4, { header: { time: 77 } });
    expect(checkRange(accepted(), heightOf(4), [unsealed])).toContain('accepted recovery keeps');
  });

  it('what the old set seals behind it is refused', () => {
    expect(checkRange(accepted(), heightOf(5), [inEpoch(5, 0)])).toBe('epoch 0 was over at 5');
    expect(checkRange(accepted(), heightOf(1), [inEpoch(1, 0, { sealers: [] })])).toBe(
      'a certificate without a quorum',
    );
  });
});

const headerOf = (height: number): Header => {
  const { header } = checkHeadersOf(height);
  return header;
};

function checkHeadersOf(height: number): { readonly header: Header } {
  const result = checkHeaders(trail(), heightOf(1), range(1, height));
  if (typeof result === 'string' || 'unknownEpoch' in result) throw new Error(JSON.stringify(result));
  return { header: result.headers.at(-1)! };
}
