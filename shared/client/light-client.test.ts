/** A light client over six epochs: what it follows, what it refuses of a gateway, and what it files. */
import { describe, expect, test } from 'vitest';
import {
  buildExampleNetwork,
  certify,
  type ExampleBlock,
  examplePack,
  exampleReceipt,
} from '../../scripts/lib/example-network.ts';
import { jsonOfEpochLink, jsonOfHeader } from '../api/json-of-ledger.ts';
import type { EpochsJson, GenesisJson } from '../api.ts';
import { decodeEpochChain, encodeEpochChain } from '../codec/epoch-chain.ts';
import { toBase64Url } from '../codec/hex.ts';
import { decodeHeader, encodeHeader, encodeProofPack, encodeReceipt, headerHash } from '../codec/ledger.ts';
import { verifyNobleAsync as verifySignature } from '../crypto/ed25519.ts';
import { epochOf, heightOf, type NetworkId } from '../types/brands.ts';
import type { Certificate, Header } from '../types/ledger.ts';
import type { Client } from './client.ts';
import { ClientError } from './client-error.ts';
import { type LightClient, resumeLightClient, startLightClient } from './light-client.ts';

const example = buildExampleNetwork({ validators: 4, epochs: 6, transactions: 1 });
const { network, blocks, links } = example;
const genesis = blocks[0] as ExampleBlock;
const blockAt = (height: number): ExampleBlock => blocks[height] as ExampleBlock;

type Rows = EpochsJson['rows'];
/** A gateway that knows so many epochs, and may change what it says. */
interface Gateway {
  readonly epochs?: number;
  readonly limit?: number;
  readonly rows?: (rows: Rows) => Rows;
  readonly next?: number;
  readonly genesis?: Partial<GenesisJson>;
}
const asked: number[] = [];

function clientOf(says: Gateway): Pick<Client, 'get' | 'gateway'> {
  const { epochs = 6, limit = 2 } = says;
  const all = Array.from(
    { length: epochs },
    (_, epoch) => ({ epoch, link: epoch === 0 ? null : jsonOfEpochLink(links[epoch - 1]!) }) as Rows[number],
  );
  const get = (name: string, request: { readonly from?: number } = {}): unknown => {
    if (name === 'genesis') {
      const { headerBytes, header, validators } = genesis;
      return {
        header: jsonOfHeader(header),
        headerBytes: toBase64Url(headerBytes),
        validators,
        ...says.genesis,
      };
    }
    const { from = 0 } = request;
    asked.push(from);
    const rows = all.slice(from, from + limit);
    const more = from + limit < epochs ? { next: from + limit } : {};
    const changed = says.rows?.(rows) ?? rows;
    return {
      current: epochs - 1,
      rows: changed,
      ...more,
      ...(says.next === undefined ? {} : { next: says.next }),
    };
  };
  return {
    gateway: 'http://one.test',
    get: (async (...of: Parameters<typeof get>) => get(...of)) as Client['get'],
  };
}

const start = (says: Gateway = {}, id: NetworkId = network): Promise<LightClient> =>
  startLightClient({ client: clientOf(says), network: id, verifySignature });

async function refusalOf(work: Promise<unknown>): Promise<ClientError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof ClientError) return error;
  throw new Error('a ClientError was expected', { cause: error });
}

/** A header like the one of this height, changed and sealed by the set of that height. */
function sealed(height: number, change: Partial<Header>): { header: Uint8Array; certificate: Certificate } {
  const { header, validators } = blockAt(height);
  const changed = { ...header, ...change };
  const bytes = encodeHeader(changed);
  const seal = { epoch: changed.epoch, height: changed.height, block: headerHash(bytes) };
  return { header: bytes, certificate: certify(network, seal, validators) };
}

describe('following', () => {
  test('leads from the pinned network id through every epoch, page by page', async () => {
    asked.length = 0;
    const light = await start();
    expect(light.known.map(({ epoch }) => epoch)).toEqual([0]);
    const known = await light.follow();
    expect(asked).toEqual([1, 3, 5]);
    expect(known.map(({ validators }) => validators)).toEqual(
      blocks.slice(1).map(({ validators }) => validators),
    );
    expect(light.known).toBe(known);
  });

  test('asks again only for what is behind the known epochs', async () => {
    const light = await start();
    await light.follow();
    asked.length = 0;
    expect(await light.follow()).toHaveLength(6);
    expect(asked).toEqual([6]);
  });

  test('two that follow at once follow once', async () => {
    const light = await start();
    asked.length = 0;
    await Promise.all([light.follow(), light.follow(), light.epoch(epochOf(4))]);
    expect(asked).toEqual([1, 3, 5]);
    expect(light.known).toHaveLength(6);
  });

  test('a gateway that is behind adds nothing, and says nothing wrong', async () => {
    const light = await start();
    await light.follow();
    const behind = await resumeLightClient(
      { client: clientOf({ epochs: 3 }), network, verifySignature },
      light.remember(),
    );
    expect(await behind.follow()).toHaveLength(6);
  });

  test('an epoch that nobody hands over to is unknown', async () => {
    const { code, facts } = await refusalOf((await start()).epoch(epochOf(9)));
    expect([code, facts.newest]).toEqual(['epoch-unknown', 5]);
  });
});

describe('refusals', () => {
  const changedGenesis = { ...genesis.header, time: 1 };
  test.each<[name: string, says: Gateway, id?: NetworkId]>([
    ['of another network', {}, 'ab'.repeat(32) as NetworkId],
    ['with another set', { genesis: { validators: [...blockAt(2).validators] } }],
    ['with another header', { genesis: { headerBytes: toBase64Url(encodeHeader(changedGenesis)) } }],
    ['of no form', { genesis: { headerBytes: 'AAAA' } }],
  ])('a genesis %s', async (_name, says, id) => {
    expect((await refusalOf(start(says, id))).code).toBe('genesis-refused');
  });

  type CertifiedLinkJson = Extract<Rows[number]['link'], { readonly certificate: unknown }>;
  const withLink = (epoch: number, change: (link: CertifiedLinkJson) => object): Gateway => ({
    rows: (rows) =>
      rows.map((row) =>
        row.epoch === epoch && row.link && 'certificate' in row.link
          ? { ...row, link: { ...row.link, ...change(row.link) } }
          : row,
      ),
  });
  test.each<[name: string, says: Gateway, reason: string]>([
    [
      'another next set',
      withLink(3, () => ({ nextValidators: [...blockAt(5).validators] })),
      'validator-set',
    ],
    [
      'too few seals',
      withLink(3, ({ certificate }) => ({
        certificate: { ...certificate, seals: certificate.seals.slice(1) },
      })),
      'too-few-signers',
    ],
    [
      'another header',
      withLink(3, () => ({ header: toBase64Url(encodeHeader({ ...blockAt(3).header, time: 1 })) })),
      'block-hash',
    ],
    ['no header', withLink(3, () => ({ header: '' })), 'malformed'],
  ])('a hand-over with %s, and what came before it is kept', async (_name, says, reason) => {
    const light = await start(says);
    const refused = await refusalOf(light.follow());
    expect([refused.code, refused.facts.reason, refused.facts.epoch]).toEqual(['epoch-refused', reason, 2]);
    expect(light.known.map(({ epoch }) => epoch)).toEqual([0, 1, 2]);
    expect(decodeEpochChain(light.remember()).epochs).toHaveLength(2);
  });

  test.each<[name: string, says: Gateway]>([
    ['in another order', { rows: (rows) => rows.toReversed() }],
    ['with one left out', { rows: (rows) => rows.slice(1) }],
    ['without what hands over', { rows: (rows) => rows.map((row) => ({ ...row, link: null })) }],
    ['empty, with more behind', { rows: () => [], next: 7 }],
    ['that lead back', { next: 1 }],
  ])('pages %s', async (_name, says) => {
    expect((await refusalOf((await start(says)).follow())).code).toBe('invalid-answer');
  });
});

describe('what it verifies', () => {
  test('receipts of every epoch, each with its set; those of later epochs are followed to', async () => {
    const light = await start();
    for (const block of blocks.slice(1)) {
      const { ok, checks } = await light.receipt(encodeReceipt(exampleReceipt(block, 0)));
      expect(ok, JSON.stringify(checks.find((check) => !check.ok))).toBe(true);
    }
    expect(light.known).toHaveLength(6);
    expect((await light.receipt(Uint8Array.of(1))).checks[0]).toMatchObject({
      id: 'decode',
      reason: 'malformed',
    });
  });

  test('no receipt of an epoch that is known nowhere', async () => {
    const light = await start({ epochs: 3 });
    const { ok } = await light.receipt(encodeReceipt(exampleReceipt(blockAt(6), 0)));
    expect(ok).toBe(false);
  });

  test('no receipt and no pack that old keys sealed behind the end of their epoch', async () => {
    const light = await start();
    await light.follow();
    const { validators } = blockAt(2).header;
    const over = { nextEpoch: epochOf(1), height: heightOf(3), nextValidators: validators };
    const { header, certificate } = sealed(2, over);
    const forged = { ...exampleReceipt(blockAt(2), 0), header, certificate };
    const receipt = await light.receipt(encodeReceipt(forged));
    expect(receipt.checks.find((check) => !check.ok)).toMatchObject({ id: 'history', reason: 'height' });
    const pack = { ...examplePack(example, 0), epochs: links.slice(0, 1), receipt: forged };
    expect((await light.pack(encodeProofPack(pack))).ok).toBe(false);
    expect((await (await start()).pack(encodeProofPack(pack))).ok).toBe(true);
    expect((await light.pack(encodeProofPack(examplePack(example, 0)))).ok).toBe(true);
    expect((await refusalOf(light.observe(header, certificate))).facts.reason).toBe('height');
  });

  test('certified headers of any epoch; the highest one is kept, another block of its height is shown', async () => {
    const light = await start();
    const observe = (height: number) => {
      const { headerBytes, certificate } = blockAt(height);
      return light.observe(headerBytes, certificate as Certificate);
    };
    expect((await observe(4)).kind).toBe('advanced');
    expect((await observe(2)).kind).toBe('unchanged');
    expect((await observe(6)).kind).toBe('advanced');
    const other = sealed(6, { time: 1 });
    const observed = await light.observe(other.header, other.certificate);
    expect(observed).toEqual({
      kind: 'contradiction',
      known: blockAt(6).certificate,
      other: other.certificate,
    });
    expect(light.highest).toEqual(blockAt(6).certificate);
  });

  test('no header that its set did not certify', async () => {
    const light = await start();
    const { headerBytes, certificate } = blockAt(4);
    const { seals } = certificate as Certificate;
    const short = { ...(certificate as Certificate), seals: seals.slice(1) };
    expect((await refusalOf(light.observe(headerBytes, short))).facts.reason).toBe('too-few-signers');
    expect((await refusalOf(light.observe(Uint8Array.of(1), short))).facts.reason).toBe('malformed');
    const elsewhere = sealed(4, { network: 'ab'.repeat(32) as NetworkId });
    expect((await refusalOf(light.observe(elsewhere.header, elsewhere.certificate))).facts.reason).toBe(
      'wrong-network',
    );
  });
});

describe('what it files', () => {
  const options = { client: clientOf({}), network, verifySignature };
  async function filed(): Promise<Uint8Array> {
    const light = await start();
    const { headerBytes, certificate } = blockAt(6);
    await light.observe(headerBytes, certificate as Certificate);
    return light.remember();
  }

  test('is taken up again, verified', async () => {
    const light = await resumeLightClient(options, await filed());
    expect(light.known).toHaveLength(6);
    expect(light.highest?.height).toBe(6);
    expect(light.remember()).toEqual(await filed());
  });

  test('is refused for another network, and whatever bit of it is flipped', async () => {
    const bytes = await filed();
    const other = { ...options, network: 'ab'.repeat(32) as NetworkId };
    expect((await refusalOf(resumeLightClient(other, bytes))).code).toBe('remembered-refused');
    for (let at = 0; at < bytes.length; at += 211) {
      const flipped = bytes.with(at, bytes[at]! ^ 4);
      expect((await refusalOf(resumeLightClient(options, flipped))).code).toBe('remembered-refused');
    }
  });

  test('says when the highest block was, and is refused with the header of another', async () => {
    const file = decodeEpochChain(await filed());
    const [seen, other] = [sealed(6, {}), sealed(5, {})];
    const withHeader = (header: Uint8Array) =>
      encodeEpochChain({ ...file, highest: seen.certificate, highestHeader: header });
    const light = await resumeLightClient(options, withHeader(seen.header));
    expect(light.seen).toEqual({ height: 6, time: decodeHeader(seen.header).time });
    const refused = await refusalOf(resumeLightClient(options, withHeader(other.header)));
    expect(refused.code).toBe('remembered-refused');
  });

  test('is refused with a highest certificate that lies behind the end of its epoch', async () => {
    const file = decodeEpochChain(await filed());
    const { certificate } = sealed(2, { height: heightOf(9) });
    const changed = encodeEpochChain({ ...file, highest: certificate });
    expect((await refusalOf(resumeLightClient(options, changed))).facts.reason).toBe('height');
  });
});
