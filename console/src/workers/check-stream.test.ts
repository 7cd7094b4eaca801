import { expect, test } from 'vitest';
import { buildExampleNetwork, certify } from '../../../scripts/lib/example-network.ts';
import { jsonOfCbor, jsonOfCertificate, jsonOfHeader } from '../../../shared/api/json-of-ledger.ts';
import type { StateJson, StreamEventJson } from '../../../shared/api.ts';
import { encode } from '../../../shared/codec/dag-cbor.ts';
import { toBase64Url, toHex } from '../../../shared/codec/hex.ts';
import {
  encodeEnvelope,
  encodeHeader,
  encodeTransactionBody,
  headerHash,
  transactionId,
  transactionSigningBytes,
} from '../../../shared/codec/ledger.ts';
import { publicKeyOf, signNoble, verifyNobleAsync } from '../../../shared/crypto/ed25519.ts';
import { appendLeaf, emptyFrontier } from '../../../shared/crypto/merkle.ts';
import {
  keyDigest,
  proveKey,
  type TreeNode,
  updateTree,
  valueDigest,
} from '../../../shared/crypto/sparse-merkle-tree.ts';
import { foundedEpochs } from '../../../shared/protocol/known-epochs.ts';
import type { Nonce, PublicKey } from '../../../shared/types/brands.ts';
import type { CborValue } from '../../../shared/types/ledger.ts';
import { firstFailure } from '../features/verify/checks.ts';
import { checkState } from './check-state.ts';
import { checkStream, type StreamClaim } from './check-stream.ts';

const name = 'orders/å';
const example = buildExampleNetwork({ validators: 4, epochs: 1, transactions: 1 });
const { network } = example;
const genesis = example.blocks[0]!;
const known = foundedEpochs({ network, epoch: genesis.header.epoch, validators: genesis.validators });
const seed = new Uint8Array(32).fill(7);

/** Two appends: plain data, and one with bytes and an integer that JSON does not hold. */
const appends: readonly (readonly CborValue[])[] = [
  [eventOf('e0', { vessel: 'Aurora', share: 0.5 }), eventOf('e1', [1, null, true])],
  [eventOf('e2', { seal: Uint8Array.of(1, 2, 3), amount: 2n ** 60n })],
];
function eventOf(eventId: string, data: CborValue) {
  return { eventId, type: 'departed', data, labels: { port: 'Antwerp' }, references: ['e'] };
}

const envelopes = appends.map((events, at) => {
  const body = encodeTransactionBody({
    version: 1,
    network,
    sender: toHex(publicKeyOf(seed)) as PublicKey,
    nonce: String(at).padStart(32, '0') as Nonce,
    expiresAt: 1,
    action: 'streams.append',
    args: { stream: name, expectedRevision: 'any', events },
  });
  return encodeEnvelope(body, signNoble(seed, transactionSigningBytes(network, body)));
});
const envelopesById = Object.fromEntries(
  envelopes.map((bytes) => [transactionId(bytes), toBase64Url(bytes)]),
);

const leaves = appends
  .flat()
  .map((event, revision) => ({ ...(event as object), stream: name, revision }) as CborValue);
const shown = appends
  .flatMap((events, at) => events.map((event) => ({ transaction: transactionId(envelopes[at]!), event })))
  .map(({ transaction, event }, revision) => {
    const json = jsonOfCbor(event) as object;
    return {
      ...json,
      stream: name,
      revision,
      transaction,
      height: 1,
      time: 0,
      position: revision,
    } as StreamEventJson;
  });

/** State with the stream's head, in a block that a quorum sealed. */
function stateOf(events: readonly CborValue[], key = `streams/${name}`): StateJson {
  const { hashes } = events.reduce<typeof emptyFrontier>(
    (tree, event) => appendLeaf(tree, encode(event)),
    emptyFrontier,
  );
  const value = encode({ revision: events.length - 1, frontier: hashes, eventIds: new Uint8Array(32) });
  const other = encode('other');
  const nodes = new Map<string, TreeNode>();
  const { root, nodes: made } = updateTree(
    () => undefined,
    [
      [keyDigest(key), valueDigest(value)],
      [keyDigest('streams/other'), valueDigest(other)],
    ],
  );
  for (const [path, node] of made) if (node !== undefined) nodes.set(path, node);
  const header = { ...example.blocks[1]!.header, state: root };
  const bytes = encodeHeader(header);
  const seal = { epoch: header.epoch, height: header.height, block: headerHash(bytes) };
  const { siblings, otherLeaf } = proveKey((path) => nodes.get(path), keyDigest(`streams/${name}`));
  return {
    key: `streams/${name}`,
    height: header.height,
    header: jsonOfHeader(header),
    headerBytes: toBase64Url(bytes),
    certificate: jsonOfCertificate(certify(network, seal, genesis.validators)),
    value: key === `streams/${name}` ? toBase64Url(value) : null,
    proof: { siblings: [...siblings], ...(otherLeaf === undefined ? {} : { otherLeaf }) },
  };
}
const state = stateOf(leaves);
const plain = { name, state: stateOf(leaves.slice(0, 2)), events: shown.slice(0, 2) };
const whole = { name, state, events: shown, envelopes: envelopesById };

async function verdictOf(claim: StreamClaim): Promise<string> {
  const { checks, proven } = await checkStream(claim, known, verifyNobleAsync);
  const failure = firstFailure(checks);
  if (proven !== undefined) return `${proven.stream?.events} events`;
  return `${failure?.id}: ${failure?.reason} ${failure?.inputs?.shown ?? ''}`.trim();
}

test('a stream of plain data is proven from what the node shows of it', async () => {
  expect(await verdictOf(plain)).toBe('2 events');
});

test('bytes and large integers need the signed bytes, and are proven with them', async () => {
  const { envelopes: _, ...withoutBytes } = whole;
  expect(await verdictOf(withoutBytes)).toBe('path: root');
  expect(await verdictOf(whole)).toBe('3 events');
});

test('a stream that state does not have is proven to be empty', async () => {
  expect(await verdictOf({ name, state: stateOf(leaves, 'streams/elsewhere'), events: [] })).toBe('0 events');
});

test.each<[string, StreamClaim, string]>([
  ['the last revision is missing', { ...plain, events: shown.slice(0, 1) }, 'leaf: proof-form'],
  ['one in between is missing', { ...whole, events: shown.toSpliced(1, 1) }, 'leaf: proof-position'],
  ['one is there twice', { ...whole, events: [shown[0]!, ...shown] }, 'leaf: proof-position'],
  ['the stream is said to be empty', { ...whole, events: [] }, 'leaf: proof-form'],
  [
    'one was changed',
    { ...plain, events: [{ ...shown[0]!, data: { vessel: 'Boreas', share: 0.5 } }, shown[1]!] },
    'path: root',
  ],
  [
    'one is shown changed beside its signed bytes',
    { ...whole, events: shown.with(2, { ...shown[2]!, data: { seal: 'AQID', amount: '7' } }) },
    'leaf: wrong-transaction data of revision 2',
  ],
  [
    'the signed bytes are those of another transaction',
    {
      ...whole,
      envelopes: Object.fromEntries(Object.keys(envelopesById).map((id) => [id, toBase64Url(envelopes[0]!)])),
    },
    'leaf: wrong-transaction',
  ],
  [
    'the signed bytes are no transaction',
    { ...whole, envelopes: Object.fromEntries(Object.keys(envelopesById).map((id) => [id, 'AAAA'])) },
    'leaf: wrong-transaction',
  ],
  [
    'two are exchanged',
    {
      ...plain,
      events: [
        { ...shown[1]!, revision: 0 },
        { ...shown[0]!, revision: 1 },
      ],
    },
    'path: root',
  ],
  ["state is another stream's", { ...plain, name: 'other' }, 'path: root'],
  [
    'the certificate has a seal too few',
    {
      ...plain,
      state: {
        ...plain.state,
        certificate: { ...plain.state.certificate!, seals: plain.state.certificate!.seals.slice(1) },
      },
    },
    'quorum: too-few-signers',
  ],
  [
    'the block has no certificate',
    { ...plain, state: { ...plain.state, certificate: null } },
    'quorum: too-few-signers',
  ],
])('if %s, it is not proven', async (_name, claim, expected) => {
  expect(await verdictOf(claim)).toBe(expected);
});

test('a state entry is proven with its decoded value, and its absence with none', async () => {
  const present = await checkState(`streams/${name}`, state, known, verifyNobleAsync);
  expect(present.proven?.entry).toMatchObject({ key: `streams/${name}`, value: { revision: 2 } });
  const absent = await checkState(
    `streams/${name}`,
    stateOf(leaves, 'streams/elsewhere'),
    known,
    verifyNobleAsync,
  );
  expect(absent.proven?.entry).toEqual({ key: `streams/${name}` });
});

test.each<[string, Partial<StateJson>, string]>([
  ['another value', { value: toBase64Url(encode(1)) }, 'path: root'],
  ['absence', { value: null }, 'path: root'],
  ['another header', { headerBytes: toBase64Url(genesis.headerBytes) }, 'path: root'],
  ['bytes that are no header', { headerBytes: 'AAAA' }, 'decode: malformed'],
  ['a path that is cut', { proof: { siblings: [] } }, 'path: root'],
])('a node that claims %s for a key is refused', async (_name, change, expected) => {
  const { checks, proven } = await checkState(
    `streams/${name}`,
    { ...state, ...change },
    known,
    verifyNobleAsync,
  );
  const failure = checks.find(({ ok }) => !ok);
  expect(proven).toBeUndefined();
  expect(`${failure?.id}: ${failure?.reason}`).toBe(expected);
});
