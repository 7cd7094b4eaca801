/** A ledger over six epochs, verified and rebuilt: each block by the set of its epoch, with bodies and without. */
import { describe, expect, test } from 'vitest';
import { fromHex } from '../../../shared/codec/hex.ts';
import { encodeHeader, headerHash } from '../../../shared/codec/ledger.ts';
import { sealSigningBytes } from '../../../shared/codec/messages.ts';
import { signNoble, verifyNoble } from '../../../shared/crypto/ed25519.ts';
import { quorum } from '../../../shared/protocol/quorum.ts';
import { type Epoch, epochOf } from '../../../shared/types/brands.ts';
import type { Header } from '../../../shared/types/ledger.ts';
import { testKeyOf } from '../../gateway/test-support/consortium.ts';
import { firstHeights, sixEpochs } from '../../gateway/test-support/epochs.ts';
import { readMembershipOf } from '../../ledger/modules/epochs.ts';
import { type FoundedData, foundedEvent } from '../../ledger/modules/network.ts';
import { newestProtocol } from '../../ledger/protocols.ts';
import type { VerifierPort } from '../../runtime/ports.ts';
import { StorageError } from '../../storage/errors.ts';
import type { ReadBlock } from '../../storage/ledger-reader.ts';
import type { CliIo } from '../io.ts';
import { readBlockOf, readerOf, snapshotOf } from '../test-support/read-ledger.ts';
import type { LedgerVerdict } from './ledger-fault.ts';
import { MemoryState } from './memory-state.ts';
import { rebuildLedger } from './rebuild-ledger.ts';
import { verifyLedger } from './verify-ledger.ts';

const io: CliIo = { out: () => undefined, err: () => undefined, pipe: null, terminal: null, nowMs: () => 0 };
/** Verified once: the ledger is the same in every test. */
const verified = new Map<string, boolean>();
const verifier: VerifierPort = {
  verify: (items, done) =>
    done(
      items.map(({ key, message, signature }) => {
        const name = [
          key,
          Buffer.from(message).toString('hex'),
          Buffer.from(signature).toString('hex'),
        ].join();
        const valid = verified.get(name) ?? verifyNoble(fromHex(key), message, signature);
        verified.set(name, valid);
        return valid;
      }),
    ),
};

const epochs = sixEpochs();
const { ledger, committed } = epochs;
const blocks = committed.map((one) => readBlockOf(ledger, one));
const starts = firstHeights(epochs);
const lastOf = (epoch: number): number => starts[epoch + 1]! - 1;
const tip = blocks.length;

const verify = (
  changed: readonly ReadBlock[],
  pruned: Parameters<typeof readerOf>[2] = {},
): Promise<LedgerVerdict> =>
  verifyLedger(io, readerOf(ledger, changed, pruned), { verifier, network: ledger.network });
const withBlock = (height: number, change: (block: ReadBlock) => ReadBlock): ReadBlock[] =>
  blocks.with(height - 1, change(blocks[height - 1]!));

const setOf = (epoch: number) => readMembershipOf(ledger.state, epochOf(epoch))!.validators;

/** Q seals of the set of this epoch: of those first whom the block's own set does not know. */
function sealedBy(block: ReadBlock, epoch: number, named: Epoch = block.header.epoch): ReadBlock {
  const own = new Set(setOf(block.header.epoch).map(({ consensusKey }) => consensusKey));
  const set = setOf(epoch);
  const strangers = set.filter(({ consensusKey }) => !own.has(consensusKey));
  const others = set.filter(({ consensusKey }) => own.has(consensusKey));
  const signers = [...strangers, ...others].slice(0, quorum(set.length));
  const seal = { epoch: named, height: block.height, block: block.hash };
  const message = sealSigningBytes(ledger.network, seal);
  const seals = signers
    .map(({ id, consensusKey }) => ({
      validator: id,
      signature: signNoble(testKeyOf(consensusKey).seed, message),
    }))
    .sort((one, other) => (one.validator < other.validator ? -1 : 1));
  return { ...block, certificate: { ...seal, seals } };
}
/** Another header, sealed by the set of its place in the chain. */
function withHeader(height: number, change: Partial<Header>): ReadBlock[] {
  return withBlock(height, (block) => {
    const header = { ...block.header, ...change };
    const headerBytes = encodeHeader(header);
    const changed = { ...block, header, headerBytes, hash: headerHash(headerBytes) };
    return { ...sealedBy({ ...block, hash: changed.hash }, block.header.epoch), header, headerBytes };
  });
}

test('every block is verified with the set of its epoch, and folding its events yields the same', async () => {
  expect(starts).toHaveLength(6);
  const expected = { ok: true, figures: { height: tip, epoch: 5, stateRoot: blocks.at(-1)!.header.state } };
  expect(await verify(blocks)).toMatchObject(expected);
  expect(await rebuildLedger(io, readerOf(ledger, blocks))).toMatchObject(expected);
});

test('blocks that took the place of damaged ones, without what they decided by themselves, are sound', async () => {
  const deciding = blocks.filter(({ opening, closing }) => opening.length + closing.length > 0);
  expect(deciding.length).toBeGreaterThan(5);
  const repaired = blocks.map((block) => ({ ...block, opening: [], closing: [] }));
  expect(await verify(repaired)).toMatchObject({ ok: true, figures: { height: tip } });
  expect(await rebuildLedger(io, readerOf(ledger, repaired))).toMatchObject({ ok: true });
});

describe.each([0, 1, 2, 3, 4])('the hand-over of epoch %i', (epoch) => {
  test('is not sealed by the set that it names, and the block behind it not by the one before', async () => {
    const last = lastOf(epoch);
    const early = await verify(withBlock(last, (block) => sealedBy(block, epoch + 1)));
    const late = await verify(withBlock(last + 1, (block) => sealedBy(block, epoch)));
    const isSameSet = blocks[last - 1]!.header.validators === blocks[last]!.header.validators;
    expect(isSameSet).toBe(epoch === 4);
    expect(early.ok).toBe(isSameSet);
    expect(late.ok).toBe(isSameSet);
    if (!isSameSet) {
      expect(early).toMatchObject({ fault: { height: last } });
      expect(late).toMatchObject({ fault: { height: last + 1 } });
    }
  });

  test('is not certified under the next epoch, nor the block behind it under this one', async () => {
    const last = lastOf(epoch);
    const early = withBlock(last, (block) => sealedBy(block, epoch, epochOf(epoch + 1)));
    expect(await verify(early)).toMatchObject({
      ok: false,
      fault: { height: last, code: 'bad-certificate' },
    });
    const late = withBlock(last + 1, (block) => sealedBy(block, epoch + 1, epochOf(epoch)));
    expect(await verify(late)).toMatchObject({
      ok: false,
      fault: { height: last + 1, code: 'bad-certificate' },
    });
  });
});

test.each<[name: string, height: number, change: Partial<Header>]>([
  ['hands over early', lastOf(0) - 1, { nextEpoch: epochOf(1) }],
  ['hands over to another set', lastOf(1), { nextValidators: blocks[0]!.header.validators }],
  ['does not hand over', lastOf(1), { nextEpoch: epochOf(1) }],
  ['skips an epoch', lastOf(1), { nextEpoch: epochOf(3) }],
])('a header that %s is found, whoever sealed it', async (_name, height, change) => {
  const changed = withHeader(height, change);
  expect(await verify(changed)).toMatchObject({ ok: false, fault: { height, code: 'wrong-block' } });
  expect(await rebuildLedger(io, readerOf(ledger, changed))).toMatchObject({ ok: false, fault: { height } });
});

test('rebuilding finds a header of another epoch or set than state is in', async () => {
  const inEpoch = rebuildLedger(io, readerOf(ledger, withHeader(starts[2]!, { epoch: epochOf(1) })));
  expect(await inEpoch).toMatchObject({ fault: { height: starts[2], code: 'epoch' } });
  const other = blocks[0]!.header.validators;
  const ofSet = rebuildLedger(io, readerOf(ledger, withHeader(starts[2]!, { validators: other })));
  expect(await ofSet).toMatchObject({ fault: { height: starts[2], code: 'validators' } });
});

describe('without the bodies of the first epochs', () => {
  const at = starts[4]! + 1;
  const snapshot = snapshotOf(blocks, ledger.genesis, at, committed[at - 1]!.state);
  const pruned = { bodiesFrom: at + 1, snapshot };

  test('headers lead from epoch to epoch, by the sets that are kept beside the blocks', async () => {
    expect(await verify(blocks, pruned)).toMatchObject({
      ok: true,
      figures: { height: tip, epoch: 5, headersOnly: at, snapshot: at },
    });
    expect(await rebuildLedger(io, readerOf(ledger, blocks, pruned))).toMatchObject({ ok: true });
  });

  test.each<[code: string, height: number, changed: () => ReadBlock[]]>([
    ['bad-certificate', lastOf(1), () => withBlock(lastOf(1), (block) => sealedBy(block, 2))],
    ['bad-seal', starts[1]!, () => withBlock(starts[1]!, (block) => sealedBy(block, 0))],
    ['epoch', starts[2]!, () => withHeader(starts[2]!, { epoch: epochOf(1) })],
    ['validators', starts[2]!, () => withHeader(starts[2]!, { validators: blocks[0]!.header.validators })],
    [
      'next-validators',
      lastOf(1),
      () => withHeader(lastOf(1), { nextValidators: blocks[0]!.header.validators }),
    ],
    ['next-validators', lastOf(1), () => withHeader(lastOf(1), { nextEpoch: epochOf(1) })],
    ['next-epoch', lastOf(1), () => withHeader(lastOf(1), { nextEpoch: epochOf(3) })],
  ])('%s at height %i is found', async (code, height, changed) => {
    expect(await verify(changed(), pruned)).toMatchObject({ ok: false, fault: { height, code } });
  });

  test('they do so without a snapshot, too, as far as headers go', async () => {
    expect(await verify(blocks.slice(0, at), { bodiesFrom: at + 1 })).toMatchObject({
      ok: true,
      figures: { height: at, epoch: 4, headersOnly: at },
    });
  });
});

describe.each([
  ['with bodies', {}],
  ['without', { bodiesFrom: tip + 1 }],
])('a set beside the blocks, %s,', (_, pruned) => {
  test('that is gone is found where it is handed over to', async () => {
    const gone = (epoch: number) => (epoch === 2 ? undefined : setOf(epoch));
    expect(await verify(blocks, { ...pruned, setOf: gone })).toMatchObject({
      ok: false,
      fault: { height: lastOf(1), code: 'epoch-set-missing', facts: { epoch: 2 } },
    });
  });

  test('that is another one than the header names is found, too, and so is one that is damaged', async () => {
    const other = (epoch: number) => setOf(epoch === 2 ? 0 : epoch);
    expect(await verify(blocks, { ...pruned, setOf: other })).toMatchObject({
      ok: false,
      fault: { height: lastOf(1), code: 'next-validators' },
    });
    const damaged = (): never => {
      throw new StorageError('data-damaged', { file: 'ledger.db', table: 'epochs', key: 1 });
    };
    expect(await verify(blocks, { ...pruned, setOf: damaged })).toMatchObject({
      ok: false,
      fault: { height: lastOf(0), code: 'data-damaged', facts: { table: 'epochs' } },
    });
  });
});

test('blocks whose rules this software does not know are judged by no others', async () => {
  const reader = readerOf(ledger, blocks);
  const events = reader.genesis.events.map((event) =>
    event.type === 'network.founded'
      ? foundedEvent({ ...(event.data as FoundedData), protocol: newestProtocol + 1 })
      : event,
  );
  const state = new MemoryState();
  state.found(events);
  const header = { ...reader.genesis.block.header, state: state.root };
  const headerBytes = encodeHeader(header);
  const block = { ...reader.genesis.block, header, headerBytes, hash: headerHash(headerBytes) };
  const later = { ...reader, genesis: { ...reader.genesis, events, block } };
  const facts = { protocol: newestProtocol + 1, newest: newestProtocol };
  const expected = { ok: false, fault: { height: 1, code: 'protocol-unsupported', facts } };
  expect(await verifyLedger(io, later, { verifier })).toMatchObject(expected);
  expect(await rebuildLedger(io, later)).toMatchObject(expected);
});
