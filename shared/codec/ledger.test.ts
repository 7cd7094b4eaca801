import { describe, expect, test } from 'vitest';
import { buildExampleNetwork, examplePack, exampleReceipt } from '../../scripts/lib/example-network.ts';
import { expectStrict } from '../../test/strictness.ts';
import { digestOf } from '../crypto/digest.ts';
import type {
  Digest,
  IdentityId,
  MemberId,
  Nonce,
  PublicKey,
  StreamName,
  TransactionId,
  ValidatorId,
} from '../types/brands.ts';
import type {
  CborValue,
  GenesisDocument,
  StreamEvent,
  TransactionBody,
  ValidatorKey,
} from '../types/ledger.ts';
import { CodecError } from './codec-error.ts';
import { encode } from './dag-cbor.ts';
import { toHex } from './hex.ts';
import {
  batchDigest,
  batchToCbor,
  dataOfOnlyEvent,
  decodeBatch,
  decodeCertificate,
  decodeEnvelope,
  decodeEvent,
  decodeEvents,
  decodeGenesisDocument,
  decodeHeader,
  decodeOutcome,
  decodeProofPack,
  decodeReceipt,
  decodeStreamEvent,
  decodeTransactionBody,
  decodeValidatorSet,
  encodeBatch,
  encodeCertificate,
  encodeEnvelope,
  encodeEvent,
  encodeEvents,
  encodeGenesisDocument,
  encodeHeader,
  encodeOutcome,
  encodeProofPack,
  encodeReceipt,
  encodeStreamEvent,
  encodeTransactionBody,
  encodeValidatorSet,
  envelopeBytesMin,
  genesisDocumentDigest,
  nullBatch,
  validatorSetDigest,
} from './ledger.ts';

const example = buildExampleNetwork({ validators: 4, epochs: 2, transactions: 3 });
const block = example.blocks.at(-1)!;
const digest = 'ab'.repeat(32) as Digest;
const body: TransactionBody = {
  version: 1,
  network: example.network,
  sender: 'cd'.repeat(32) as PublicKey,
  nonce: 'ef'.repeat(16) as Nonce,
  expiresAt: 1_700_000_000_000,
  action: 'streams.append',
  args: { deep: [{ float: 0.5, wide: 2n ** 63n, bytes: new Uint8Array(3) }] },
};

describe('structures round-trip and decode strictly', () => {
  test('transaction body and envelope', () => {
    const bytes = encodeTransactionBody(body);
    expect(decodeTransactionBody(bytes)).toEqual(body);
    expectStrict(bytes, decodeTransactionBody, { opaque: ['.args'] });
    const envelope = encodeEnvelope(bytes, new Uint8Array(64));
    const transaction = decodeEnvelope(envelope);
    expect(transaction.body).toEqual(body);
    expect(transaction.id).toBe(digestOf('transaction', envelope));
    expect(toHex(transaction.bodyBytes)).toBe(toHex(bytes));
    expectStrict(envelope, decodeEnvelope);
    expect(() => decodeEnvelope(envelope, { bytesMax: 100 })).toThrow('too-large');
    for (const action of ['streams', 'a.b.c', '.x', 'x.', `${'m'.repeat(33)}.x`, 'ä.b']) {
      const wrong = encodeTransactionBody({ ...body, action });
      expect(() => decodeTransactionBody(wrong), action).toThrow('wrong-value at body.action');
    }
  });

  test('no envelope is smaller than the smallest', () => {
    const smallest = encodeTransactionBody({ ...body, expiresAt: 0, action: 'a.b', args: null });
    const envelope = encodeEnvelope(smallest, new Uint8Array(64));
    expect(decodeEnvelope(envelope).body.action).toBe('a.b');
    expect(envelope.length).toBe(envelopeBytesMin);
  });

  test('what a transaction carries still fits when events carry it a few levels deeper', () => {
    const nested = (depth: number): CborValue => (depth === 0 ? 1 : [nested(depth - 1)]);
    const deepest = encodeTransactionBody({ ...body, args: nested(23) });
    const { args } = decodeTransactionBody(deepest);
    const events = [{ type: 'streams.appended', data: { stream: 's', events: [{ data: { inner: args } }] } }];
    expect(decodeEvents(encodeEvents(events))).toEqual(events);
    const deeper = encodeTransactionBody({ ...body, args: nested(24) });
    expect(() => decodeTransactionBody(deeper)).toThrow('too-deep');
  });

  test('batch', () => {
    const batch = { time: 5, proposer: 'anna-1' as ValidatorId, ids: [digest as string as TransactionId] };
    expect(decodeBatch(encodeBatch(batch))).toEqual(batch);
    expect(decodeBatch(encodeBatch(nullBatch))).toEqual(nullBatch);
    expect(batchDigest(batch)).not.toBe(batchDigest(nullBatch));
    expect(batchDigest(batch)).toBe(digestOf('batch', encode(batchToCbor(batch))));
    expect(encodeBatch(batch), 'made once').toBe(encodeBatch(batch));
    expectStrict(encodeBatch(batch), decodeBatch);
    expect(() => decodeBatch(encodeBatch(batch), 0)).toThrow('too-many at batch.ids');
    expect(() => decodeBatch(encode(Array(200).fill([])), 3)).toThrow('too-many at byte 0');
  });

  test('header: only genesis has no network', () => {
    for (const { headerBytes, header } of example.blocks) {
      expect(decodeHeader(headerBytes)).toEqual(header);
      expectStrict(headerBytes, decodeHeader);
    }
    expect(() => decodeHeader(encodeHeader({ ...block.header, network: '' }))).toThrow('header.network');
    const named = encodeHeader({ ...example.blocks[0]!.header, network: example.network });
    expect(() => decodeHeader(named)).toThrow('header.network');
  });

  test('outcomes', () => {
    const transaction = digest as string as TransactionId;
    const succeeded = { transaction, status: 'succeeded', events: digest } as const;
    const failed = { transaction, status: 'failed', rejection: { code: 'no', facts: { a: 1 } } } as const;
    for (const outcome of [succeeded, failed]) {
      expect(decodeOutcome(encodeOutcome(outcome))).toEqual(outcome);
      expectStrict(encodeOutcome(outcome), decodeOutcome, { opaque: ['.rejection.facts'] });
    }
    const both = encode({ transaction: new Uint8Array(32), status: 'failed', events: new Uint8Array(32) });
    expect(() => decodeOutcome(both)).toThrow('missing-key at outcome');
  });

  test('events', () => {
    const events = [{ type: 'streams.appended', data: { revision: 1 } }];
    expect(decodeEvents(encodeEvents(events))).toEqual(events);
    expect(decodeEvent(encodeEvent(events[0]!))).toEqual(events[0]);
    const streamEvent: StreamEvent = {
      stream: 'orders' as StreamName,
      revision: 3,
      eventId: 'e',
      type: 'delivered',
      data: [1, null],
      labels: { country: 'Kenya' },
      references: ['x'],
    };
    const payload = { digest, size: 5, erasable: true, recipients: ['anna.smith' as IdentityId] };
    const withPayload = { ...streamEvent, payload };
    const withGrant = { ...streamEvent, payload: { ...payload, grantOf: digest } };
    for (const event of [streamEvent, withPayload, withGrant]) {
      expect(decodeStreamEvent(encodeStreamEvent(event))).toEqual(event);
      expectStrict(encodeStreamEvent(event), decodeStreamEvent, {
        opaque: ['.data'],
        except: [' lacks payload', '.payload lacks grantOf', '.labels has a key more', '.labels lacks'],
      });
    }
  });

  test('validator set and certificate', () => {
    const set = block.validators;
    expect(decodeValidatorSet(encodeValidatorSet(set))).toEqual(set);
    expectStrict(encodeValidatorSet(set), decodeValidatorSet);
    const wider = set.map((validator) => ({ ...validator, nodeKey: 'ignored' }));
    expect(validatorSetDigest(wider)).toBe(validatorSetDigest(set));
    const empty = encodeValidatorSet([]);
    expect(() => decodeValidatorSet(empty)).toThrow('wrong-value at validators, expected 1 to 1024');
    const certificate = block.certificate!;
    expect(decodeCertificate(encodeCertificate(certificate))).toEqual(certificate);
    expectStrict(encodeCertificate(certificate), decodeCertificate);
  });

  test('nobody is in a validator set twice, and ids ascend by bytes, a proper prefix first', () => {
    const [first, second] = block.validators as readonly [ValidatorKey, ValidatorKey];
    const decoded = (...ids: string[]) =>
      decodeValidatorSet(
        encodeValidatorSet(
          ids.map((id, i) => ({
            ...first,
            id: id as ValidatorId,
            consensusKey: `${i}`.padStart(64, '0') as PublicKey,
          })),
        ),
      );
    expect(decoded('a', 'a-', 'a0', 'aa', 'b').length).toBe(5);
    for (const ids of [
      ['b', 'a'],
      ['a', 'a'],
      ['aa', 'a'],
      ['b', 'aa'],
    ]) {
      expect(() => decoded(...ids), ids.join()).toThrow(`wrong-value at validators[1].id`);
    }
    const oneKeyTwice = encodeValidatorSet([first, { ...second, consensusKey: first.consensusKey }]);
    expect(() => decodeValidatorSet(oneKeyTwice)).toThrow('wrong-value at validators[1].consensusKey');
    const many = Array.from({ length: 1025 }, (_, i) => `v-${`${i}`.padStart(4, '0')}`);
    expect(decoded(...many.slice(1)).length).toBe(1024);
    expect(() => decoded(...many)).toThrow('too-many at validators');
  });

  test('receipt and proof pack', () => {
    const receipt = exampleReceipt(block, 1);
    expect(decodeReceipt(encodeReceipt(receipt))).toEqual(receipt);
    const opaque = ['.header', '.envelope', '.outcome', '.genesis.header', '.epochs[].header'];
    expectStrict(encodeReceipt(receipt), decodeReceipt, { opaque });
    const pack = examplePack(example, 1);
    expect(decodeProofPack(encodeProofPack(pack))).toEqual(pack);
    const inner = opaque.map((path) => `.receipt${path}`);
    const damages = expectStrict(encodeProofPack(pack), decodeProofPack, { opaque: [...opaque, ...inner] });
    expect(damages).toBeGreaterThan(100);
  });

  test('genesis document', () => {
    const document: GenesisDocument = {
      ...example.document,
      identities: [
        {
          id: 'anna.smith' as IdentityId,
          member: 'member-1' as MemberId,
          key: 'cd'.repeat(32) as PublicKey,
          roles: ['admin', 'submitter'],
          encryptionKey: 'ef'.repeat(32),
          streams: ['orders', 'ports/*'],
        },
      ],
    };
    const bytes = encodeGenesisDocument(document);
    expect(decodeGenesisDocument(bytes)).toEqual(document);
    expectStrict(bytes, decodeGenesisDocument, {
      except: ['.identities[] lacks encryptionKey', '.identities[] lacks streams'],
    });
    const later = { ...document, protocol: 3 };
    expect(decodeGenesisDocument(encodeGenesisDocument(later))).toEqual(later);
    expectStrict(encodeGenesisDocument(later), decodeGenesisDocument, {
      except: ['.identities[] lacks encryptionKey', '.identities[] lacks streams', ' lacks protocol'],
    });
    // Absent means 1, and nothing else does.
    expect(() => decodeGenesisDocument(encodeGenesisDocument({ ...document, protocol: 1 }))).toThrow(
      CodecError,
    );
    expect(genesisDocumentDigest(document)).toBe(digestOf('genesis', bytes));
    expect(genesisDocumentDigest({ ...document, name: 'other' })).not.toBe(genesisDocumentDigest(document));
  });
});

test.each(['a.b', `streams.${'x'.repeat(60)}`])(
  'the data of the only event, %s, lies in the bytes of the list',
  (type) => {
    const event = { type, data: { stream: 's', numbers: [1, 2], text: 'é'.repeat(70) } };
    expect(dataOfOnlyEvent(event, encodeEvents([event]))).toEqual(encode(event.data));
  },
);
