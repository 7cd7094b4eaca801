/** Epochs over HTTP: what a verifier follows, packs that lead through them, and who held which key. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { epochLinkOfJson, originOfJson } from '../../shared/api/ledger-of-json.ts';
import {
  apiPrefix,
  type EpochsJson,
  epochsSchema,
  genesisSchema,
  keyHistorySchema,
  matrixSchema,
  statusSchema,
  validatorsSchema,
} from '../../shared/api.ts';
import { encodeProofPack } from '../../shared/codec/ledger.ts';
import { verifyNobleAsync } from '../../shared/crypto/ed25519.ts';
import { heldConsensusKeys } from '../../shared/protocol/known-epochs.ts';
import { verifyEpochs } from '../../shared/protocol/verify-epochs.ts';
import { verifyProofPack } from '../../shared/protocol/verify-pack.ts';
import { verifyReceipt } from '../../shared/protocol/verify-receipt.ts';
import { heightOf } from '../../shared/types/brands.ts';
import type { LedgerQueries } from '../runtime/queries.ts';
import { proofPackOf } from './proofs.ts';
import { testKey, validatorKeys } from './test-support/consortium.ts';
import { type EpochLedger, firstHeights, sixEpochs } from './test-support/epochs.ts';
import { MemoryNode } from './test-support/memory-node.ts';
import { type StartedGateway, startTestGateway } from './test-support/started-gateway.ts';

let gateway: StartedGateway;
let epochs: EpochLedger;
let starts: readonly number[];

beforeAll(async () => {
  epochs = sixEpochs();
  starts = firstHeights(epochs);
  gateway = await startTestGateway({ node: new MemoryNode(epochs.ledger) });
});
afterAll(() => gateway.close());

const json = async (path: string): Promise<unknown> => (await gateway.ask(apiPrefix + path)).json();
const page = async (query: string): Promise<EpochsJson> => epochsSchema.parse(await json(`/epochs${query}`));
const bytes = async (path: string): Promise<Uint8Array> =>
  new Uint8Array(
    await (await gateway.ask(apiPrefix + path, { headers: { Accept: 'application/cbor' } })).arrayBuffer(),
  );

describe('GET epochs', () => {
  test('says where each begins and ends, who decides in it, and what led there', async () => {
    const { current, rows, next } = await page('');
    expect(current).toBe(5);
    expect(next).toBeUndefined();
    expect(
      rows.map(({ epoch, firstHeight, lastHeight, n, q, activation }) => [
        epoch,
        firstHeight,
        lastHeight,
        n,
        q,
        activation,
      ]),
    ).toEqual([
      [0, 1, starts[1]! - 1, 4, 3, undefined],
      [1, starts[1], starts[2]! - 1, 4, 3, 0],
      [2, starts[2], starts[3]! - 1, 5, 4, 1],
      [3, starts[3], starts[4]! - 1, 5, 4, 2],
      [4, starts[4], starts[5]! - 1, 4, 3, 3],
      [5, starts[5], undefined, 4, 3, 4],
    ]);
    expect(rows.map(({ parameters }) => parameters.window)).toEqual([2, 2, 2, 2, 2, 3]);
    expect(rows[0]?.link).toBeNull();
  });

  test('its links lead from the pinned genesis to the newest set', async () => {
    const genesis = genesisSchema.parse(await json('/genesis'));
    const { rows } = await page('');
    const links = rows.flatMap(({ link }) => (link === null ? [] : [epochLinkOfJson(link)]));
    const result = await verifyEpochs(originOfJson(genesis), links, gateway.ledger.network, verifyNobleAsync);
    expect(result).toMatchObject({ ok: true, chain: { trusted: { epoch: 5 }, sealsAbove: starts[5]! - 1 } });
  });

  test('is read in pages, from any epoch on', async () => {
    const rows: EpochsJson['rows'] = [];
    let from: number | undefined = 0;
    const froms: number[] = [];
    while (from !== undefined) {
      froms.push(from);
      const read: EpochsJson = await page(`?from=${from}&limit=2`);
      rows.push(...read.rows);
      from = read.next;
    }
    expect(froms).toEqual([0, 2, 4]);
    expect(rows).toEqual((await page('')).rows);
    expect((await page('?from=4')).rows.map(({ epoch }) => epoch)).toEqual([4, 5]);
    expect(await page('?from=6')).toEqual({ current: 5, rows: [] });
  });

  test.each(['?from=-1', '?from=x', '?limit=0', '?limit=201', '?to=3'])('%s is refused', async (query) => {
    expect((await gateway.ask(`${apiPrefix}/epochs${query}`)).status).toBe(400);
  });
});

describe('packs and receipts of every epoch', () => {
  test('a pack holds the hand-overs up to its block, and verifies with the network id alone', async () => {
    for (const [epoch, id] of epochs.transactions.entries()) {
      const pack = await bytes(`/transactions/${id}/pack`);
      const { ok, checks, trusted } = await verifyProofPack(pack, gateway.ledger.network, verifyNobleAsync);
      expect(checks.filter((check) => !check.ok)).toEqual([]);
      expect(ok && trusted?.epoch).toBe(epoch);
    }
  });

  test('a receipt verifies with the set of its epoch, and with no other', async () => {
    const { rows } = await page('');
    const sets = rows.map(({ epoch, validators }) => ({
      network: gateway.ledger.network,
      epoch,
      validators: validators.map(({ id, member, consensusKey }) => ({ id, member, consensusKey })),
    })) as unknown as Parameters<typeof verifyReceipt>[1][];
    for (const [epoch, id] of epochs.transactions.entries()) {
      const receipt = await bytes(`/transactions/${id}/receipt`);
      const verdicts = sets.map(async (set) => (await verifyReceipt(receipt, set, verifyNobleAsync)).ok);
      expect(await Promise.all(verdicts)).toEqual(sets.map((_, index) => index === epoch));
    }
  });
});

test('a pack that the gateway builds is the same whoever asks for it, and has no more than its epochs', async () => {
  const id = epochs.transactions[2]!;
  const first = await bytes(`/transactions/${id}/pack`);
  const { ledger } = epochs;
  const built = proofPackOf({ queries: ledger, state: ledger.state }, ledger.transaction(id)!);
  expect(built.epochs).toHaveLength(2);
  expect(first).toEqual(encodeProofPack(built));
});

test('a pack of a block that a recovery keeps waits for the block behind it', () => {
  const { ledger } = epochs;
  const record = ledger.transaction(epochs.transactions[2]!)!;
  const block = ledger.block(record.height)!;
  const kept = { ...block, certificate: { ...block.certificate!, seals: [] } };
  const queries = { block: (at: number) => (at === record.height ? kept : ledger.block(heightOf(at))) };
  const source = { queries: queries as unknown as LedgerQueries, state: ledger.state };
  expect(() => proofPackOf(source, record)).toThrow('A recovery keeps the block');
});

test('status, validators and matrix are of the epoch that the ledger is in', async () => {
  const ids = ['validator-1', 'validator-2', 'validator-3', 'validator-5'];
  // validator-4 is linked and follows: it counts towards no quorum. validator-5 has no link here.
  expect(statusSchema.parse(await json('/status'))).toMatchObject({
    standing: 'validator',
    epoch: 5,
    quorum: { n: 4, f: 1, q: 3, reachable: 3 },
  });
  const { validators, n } = validatorsSchema.parse(await json('/validators'));
  expect([n, validators.map(({ id }) => id)]).toEqual([4, ids]);
  expect(validators[0]?.consensusKey).toBe(testKey(21).publicKey);
  const { rows, followers } = matrixSchema.parse(await json('/peers/matrix'));
  expect(rows.map(({ validator }) => validator)).toEqual(ids);
  expect(followers).toMatchObject([{ validator: 'validator-4', standing: 'former', isSelf: false }]);
  expect(JSON.stringify(await json('/search?q=validator-5'))).toContain('"kind":"validator"');
});

describe('GET key-history', () => {
  const rowsOf = async (query: string) => keyHistorySchema.parse(await json(`/key-history${query}`));
  const keysOf = async (node: string, kind: string) => {
    const { rows } = await rowsOf(`?node=${node}`);
    const keys = rows[0]?.keys.filter((key) => key.kind === kind) ?? [];
    return keys.map(({ key, from, until }) => [key, from, until]);
  };

  test('a consensus key is held by epochs, from its first height to the one of the next key', async () => {
    expect(await keysOf('validator-1', 'consensus')).toEqual([
      [validatorKeys[0]!.publicKey, 1, starts[1]],
      [testKey(21).publicKey, starts[1], undefined],
    ]);
    expect(await keysOf('validator-4', 'consensus')).toEqual([[validatorKeys[3]!.publicKey, 1, starts[4]]]);
    expect(await keysOf('validator-5', 'consensus')).toEqual([[testKey(5).publicKey, starts[2], undefined]]);
  });

  test('a node key is held at once, also one that was replaced within an epoch', async () => {
    const replaced = epochs.committed.filter(({ block: { ran } }) =>
      ran.some(({ events }) => events.some(({ type }) => type === 'validators.node-key-replaced')),
    );
    const [first, second] = replaced.map(({ block }) => block.height);
    expect(await keysOf('validator-2', 'node')).toEqual([
      [testKey(12).publicKey, 1, first],
      [testKey(32).publicKey, first, second],
      [testKey(42).publicKey, second, undefined],
    ]);
    expect(await keysOf('validator-5', 'node')).toEqual([[testKey(15).publicKey, starts[2], undefined]]);
  });

  test('names those who left, and is read in pages', async () => {
    const { rows } = await rowsOf('');
    expect(rows.map(({ id, standing }) => `${id} ${standing}`)).toEqual([
      'validator-1 validator',
      'validator-2 validator',
      'validator-3 validator',
      'validator-4 former',
      'validator-5 validator',
    ]);
    const first = await rowsOf('?limit=3');
    expect(first.next).toBe('validator-3');
    expect([...first.rows, ...(await rowsOf(`?limit=3&cursor=${first.next}`)).rows]).toEqual(rows);
    expect(await rowsOf('?node=nobody')).toEqual({ rows: [] });
  });

  test('says the same of consensus keys as the chain of epochs, which proves it', async () => {
    const genesis = genesisSchema.parse(await json('/genesis'));
    const { rows } = await page('');
    const links = rows.flatMap(({ link }) => (link === null ? [] : [epochLinkOfJson(link)]));
    const result = await verifyEpochs(originOfJson(genesis), links, gateway.ledger.network, verifyNobleAsync);
    const proven = heldConsensusKeys(result.ok ? result.known : []).map(({ validator, key, from, to }) =>
      [validator, key, from, to === undefined ? 'now' : to + 1].join(' '),
    );
    const reported = (await rowsOf('')).rows.flatMap(({ id, keys }) =>
      keys
        .filter(({ kind }) => kind === 'consensus')
        .map(({ key, from, until }) => [id, key, from, until ?? 'now'].join(' ')),
    );
    expect(reported.toSorted()).toEqual(proven.toSorted());
  });
});

test('pages of a gateway that joined may ask this one, pages of one that left may not', async () => {
  const allowed = async (origin: string) => {
    const answer = await gateway.ask(`${apiPrefix}/status`, { headers: { Origin: origin } });
    expect(answer.headers.get('content-security-policy')?.includes(origin)).toBe(origin.endsWith('8105'));
    return answer.headers.get('access-control-allow-origin');
  };
  expect(await allowed('http://127.0.0.1:8105')).toBe('http://127.0.0.1:8105');
  expect(await allowed('http://127.0.0.1:8104')).toBeNull();
});
