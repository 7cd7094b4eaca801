import { expect, test } from 'vitest';
import { fromHex } from '../../../shared/codec/hex.ts';
import { decodeEnvelope, encodeEnvelope } from '../../../shared/codec/ledger.ts';
import { verifyNoble } from '../../../shared/crypto/ed25519.ts';
import type { Signature } from '../../../shared/types/brands.ts';
import { appendArgs, genesisTime, testEnvelope } from '../../gateway/test-support/consortium.ts';
import { MemoryLedger } from '../../gateway/test-support/memory-ledger.ts';
import type { VerifierPort } from '../../runtime/ports.ts';
import type { ReadBlock } from '../../storage/ledger-reader.ts';
import type { CliIo } from '../io.ts';
import { readBlockOf, readerOf } from '../test-support/read-ledger.ts';
import type { LedgerVerdict } from './ledger-fault.ts';
import { rebuildLedger } from './rebuild-ledger.ts';
import { verifyLedger } from './verify-ledger.ts';

const io: CliIo = { out: () => undefined, err: () => undefined, pipe: null, terminal: null, nowMs: () => 0 };
const verifier: VerifierPort = {
  verify: (items, done) =>
    done(items.map(({ key, message, signature }) => verifyNoble(fromHex(key), message, signature))),
};

function soundLedger(): { ledger: MemoryLedger; blocks: ReadBlock[] } {
  const ledger = new MemoryLedger();
  const blocks = [1, 2].map((number): ReadBlock => {
    const transactions = ['a', 'b'].map((stream) => {
      const args = appendArgs(stream, `event ${number}`);
      const expiresAt = genesisTime + 60_000;
      return decodeEnvelope(
        testEnvelope({ network: ledger.network, action: 'streams.append', args, expiresAt }),
      );
    });
    return readBlockOf(ledger, { block: ledger.commit(transactions, genesisTime + number), transactions });
  });
  return { ledger, blocks };
}

const invented = { type: 'activation.lapsed', data: { number: 1 } };

type Change = (block: ReadBlock) => ReadBlock;
const changed = (blocks: readonly ReadBlock[], change: Change): ReadBlock[] =>
  blocks.map((block, index) => (index === 1 ? change(block) : block));

async function verdictOf(change: Change): Promise<LedgerVerdict> {
  const { ledger, blocks } = soundLedger();
  return verifyLedger(io, readerOf(ledger, changed(blocks, change)), { verifier });
}

const flipped = (bytes: Uint8Array, at: number): Uint8Array => bytes.with(at, (bytes[at] ?? 0) ^ 1);

test('a sound ledger is verified up to its tip, and rebuilt to the same root', async () => {
  const { ledger, blocks } = soundLedger();
  const expected = {
    ok: true,
    figures: {
      height: 2,
      transactions: 4,
      events: 4,
      stateRoot: blocks[1]?.header.state,
      network: ledger.network,
    },
  };
  expect(
    await verifyLedger(io, readerOf(ledger, blocks), { verifier, network: ledger.network }),
  ).toMatchObject(expected);
  expect(await rebuildLedger(io, readerOf(ledger, blocks))).toMatchObject(expected);
});

test('another network than the trusted one ends it at genesis', async () => {
  const { ledger, blocks } = soundLedger();
  const verdict = await verifyLedger(io, readerOf(ledger, blocks), { verifier, network: '0'.repeat(64) });
  expect(verdict).toMatchObject({ ok: false, fault: { height: 0, code: 'wrong-network' } });
});

test.each<[code: string, change: Change]>([
  ['certificate-missing', ({ certificate: _, ...block }) => block],
  ['bad-certificate', (block) => withSeals(block, (seals) => seals.slice(1))],
  ['bad-certificate', (block) => withSeals(block, (seals) => [seals[0]!, seals[0]!, seals[1]!])],
  [
    'bad-seal',
    (block) =>
      withSeals(block, ([first, ...rest]) => [
        { ...first!, signature: flipped(first!.signature, 3) as Signature },
        ...rest,
      ]),
  ],
  ['wrong-body', (block) => ({ ...block, envelopes: block.envelopes.map((envelope) => resigned(envelope)) })],
  [
    'wrong-block',
    (block) => ({ ...block, headerBytes: flipped(block.headerBytes, block.headerBytes.length - 1) }),
  ],
  ['wrong-block', (block) => ({ ...block, batch: { ...block.batch, time: block.batch.time + 1 } })],
  ['stored-outcome', (block) => withEvents(block, [])],
  ['stored-opening', (block) => ({ ...block, opening: [invented] })],
  ['stored-closing', (block) => ({ ...block, closing: [invented] })],
  ['stored-transactions', (block) => ({ ...block, transactions: block.transactions.slice(1) })],
  ['bodies-missing', (block) => ({ ...block, envelopes: block.envelopes.slice(1) })],
  ['malformed', (block) => ({ ...block, envelopes: [new Uint8Array([1, 2]), block.envelopes[1]!] })],
])('%s is found at its height', async (code, change) => {
  const verdict = await verdictOf(change);
  expect(verdict).toMatchObject({ ok: false, fault: { height: 2, code }, figures: { height: 1 } });
});

test.each(['opening', 'closing'])('%s events that nothing decides are found by rebuilding', async (which) => {
  const { ledger, blocks } = soundLedger();
  const reader = readerOf(
    ledger,
    changed(blocks, (block) => ({ ...block, [which]: [invented] })),
  );
  expect(await rebuildLedger(io, reader)).toMatchObject({
    ok: false,
    fault: { height: 2, code: `stored-${which}` },
  });
});

test('events that were changed on disk do not rebuild the state', async () => {
  const { ledger, blocks } = soundLedger();
  const reader = readerOf(
    ledger,
    changed(blocks, (block) => withEvents(block, [])),
  );
  expect(await rebuildLedger(io, reader)).toMatchObject({
    ok: false,
    fault: { height: 2, code: 'state-root' },
  });
});

type Seals = NonNullable<ReadBlock['certificate']>['seals'];
function withSeals(block: ReadBlock, change: (seals: Seals) => Seals): ReadBlock {
  if (!block.certificate) throw new Error('the block is certified');
  return { ...block, certificate: { ...block.certificate, seals: change(block.certificate.seals) } };
}
const withEvents = (block: ReadBlock, events: ReadBlock['transactions'][number]['events']): ReadBlock => ({
  ...block,
  transactions: block.transactions.map((one) => ({ ...one, events })),
});
/** Another envelope of the same body: another id. */
function resigned(envelope: Uint8Array): Uint8Array {
  const { bodyBytes, signature } = decodeEnvelope(envelope);
  return encodeEnvelope(bodyBytes, flipped(signature, 5));
}
