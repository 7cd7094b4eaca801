/** A chain of six epochs as a gateway serves it over HTTP: verified to its tip, and stopped at a wrong hand-over. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildExampleNetwork } from '../../../scripts/lib/example-network.ts';
import { jsonOfCertificate, jsonOfEpochLink } from '../../../shared/api/json-of-ledger.ts';
import type { EpochLinkJson } from '../../../shared/api.ts';
import { toBase64Url } from '../../../shared/codec/hex.ts';
import { verifyNobleAsync } from '../../../shared/crypto/ed25519.ts';
import type { ChainEvent } from '../features/verify/chain/protocol.ts';
import { runChain } from './chain-run.ts';
import { chainSource } from './chain-source.ts';

const example = buildExampleNetwork({ validators: 4, epochs: 6, transactions: 1 });
const { network, blocks, links } = example;
const genesis = blocks[0]!;
const honest = links.map(jsonOfEpochLink);
const tip = blocks.length - 1;

let server: Server;
let gateway = '';
/** What the gateway says at `/epochs`, from epoch 1 on. */
let served: readonly EpochLinkJson[] = honest;
const asked: string[] = [];

function answerOf(url: URL): unknown {
  const from = Number(url.searchParams.get('from') ?? 0);
  switch (url.pathname) {
    case '/api/v1/genesis':
      return { headerBytes: toBase64Url(genesis.headerBytes), validators: genesis.validators };
    case '/api/v1/epochs':
      return { rows: served.slice(from - 1, from).map((link) => ({ link })) };
    default:
      return {
        rows: blocks.map(({ header, headerBytes, certificate }) => ({
          height: header.height,
          headerBytes: toBase64Url(headerBytes),
          certificate: certificate === undefined ? null : jsonOfCertificate(certificate),
        })),
      };
  }
}

beforeAll(async () => {
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://gateway.test');
    if (url.pathname === '/api/v1/epochs') asked.push(url.search);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answerOf(url)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  gateway = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

async function endOf(says: readonly EpochLinkJson[]): Promise<ChainEvent | undefined> {
  served = says;
  asked.length = 0;
  const events: ChainEvent[] = [];
  const ports = {
    source: chainSource(gateway, undefined),
    verify: verifyNobleAsync,
    nowMs: () => 0,
    load: async () => undefined,
    save: async () => undefined,
    tell: (event: ChainEvent) => events.push(event),
    isStopped: () => false,
  };
  await runChain(ports, { network, target: tip });
  return events.at(-1);
}

test('each block that hands over is given the set that follows, and the chain is verified to its tip', async () => {
  expect(await endOf(honest)).toMatchObject({
    type: 'verified',
    progress: { height: tip, epoch: 5, seals: 3 * tip },
  });
  expect(asked.toSorted()).toEqual([1, 2, 3, 4, 5].map((epoch) => `?from=${epoch}&limit=1`));
});

test.each<[string, readonly EpochLinkJson[], number]>([
  ['names other validators', honest.with(2, honest[4]!), 3],
  ['leaves the next epoch out', honest.slice(0, 2), 3],
  ['has none', [], 1],
])('a gateway that %s fails at the last block before', async (_name, says, height) => {
  expect(await endOf(says)).toMatchObject({
    type: 'failed',
    progress: { height: height - 1 },
    failure: {
      height,
      checks: [
        { id: 'decode', ok: true },
        { id: 'header', ok: true },
        { id: 'history', ok: false, reason: 'validator-set' },
      ],
    },
  });
});
