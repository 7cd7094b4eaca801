/** The chain of epochs on the command line: followed, filed, and what is verified with the file. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeEpochChain, encodeEpochChain } from '../../shared/codec/epoch-chain.ts';
import { testKey } from '../gateway/test-support/consortium.ts';
import { type EpochLedger, firstHeights, sixEpochs } from '../gateway/test-support/epochs.ts';
import { MemoryNode } from '../gateway/test-support/memory-node.ts';
import { type StartedGateway, startTestGateway } from '../gateway/test-support/started-gateway.ts';
import { type CapturedRun, run } from './test-support/captured-io.ts';
import { createExampleData, type ExampleData } from './test-support/example-data.ts';
import { startLyingGateway } from './test-support/lying-gateway.ts';

let gateway: StartedGateway;
let epochs: EpochLedger;
let starts: readonly number[];
let data: ExampleData;
let filed: string;

beforeAll(async () => {
  epochs = sixEpochs();
  starts = firstHeights(epochs);
  gateway = await startTestGateway({ node: new MemoryNode(epochs.ledger) });
  data = await createExampleData(undefined, epochs.ledger.document);
  filed = join(data.directory, 'network.epochs');
});
afterAll(async () => {
  await gateway.close();
  data.remove();
});

const asked = (...args: string[]): Promise<CapturedRun> =>
  run(...args, '--gateway', gateway.url, '--data', data.directory);
const file = (name: string): string => join(data.directory, name);

describe('epochs list', () => {
  test('says who seals at which heights, and what changed', async () => {
    const { exitCode, out } = await asked('epochs', 'list', '--network', gateway.ledger.network);
    expect(exitCode).toBe(0);
    expect(out.split('\n').map((line) => line.replace(/ {2,}/g, ' '))).toEqual([
      `0 1–${starts[1]! - 1} n 4, f 1, Q 3 genesis`,
      `1 ${starts[1]}–${starts[2]! - 1} n 4, f 1, Q 3 validator-1 gets a key`,
      `2 ${starts[2]}–${starts[3]! - 1} n 5, f 1, Q 4 validator-5 joins`,
      `3 ${starts[3]}–${starts[4]! - 1} n 5, f 1, Q 4 validator-2 gets a key`,
      `4 ${starts[4]}–${starts[5]! - 1} n 4, f 1, Q 3 validator-4 leaves`,
      `5 ${starts[5]}– n 4, f 1, Q 3 the same validators`,
      `Every epoch is proven from network ${gateway.ledger.network}.`,
    ]);
  });

  test('refuses a gateway of another network, and a hand-over that does not hold', async () => {
    const other = await asked('epochs', 'list', '--network', 'ab'.repeat(32));
    expect([other.exitCode, other.err]).toEqual([2, expect.stringContaining('[wrong-network]')]);
    const lying = await startLyingGateway(gateway, {
      answer: (path, text) =>
        path.includes('/epochs') ? text.replaceAll(testKey(5).publicKey, 'ab'.repeat(32)) : text,
    });
    const refused = await run('epochs', 'list', '--gateway', lying.url);
    await lying.close();
    expect([refused.exitCode, refused.err]).toEqual([1, expect.stringContaining('[epoch-refused]')]);
  });
});

describe('epochs follow', () => {
  test('files the chain, and brings it up to date', async () => {
    const first = JSON.parse((await asked('epochs', 'follow', filed, '--json')).out) as object;
    expect(first).toMatchObject({ epochs: 6, added: 5, highest: gateway.ledger.indexedHeight() });
    const chain = decodeEpochChain(readFileSync(filed));
    const { highest: _, ...shorter } = { ...chain, epochs: chain.epochs.slice(0, 2) };
    writeFileSync(filed, encodeEpochChain(shorter));
    const again = JSON.parse((await asked('epochs', 'follow', filed, '--json')).out) as object;
    expect(again).toMatchObject({ epochs: 6, added: 3 });
    expect(decodeEpochChain(readFileSync(filed))).toEqual(chain);
  });

  test('takes up no file that does not prove itself, and leaves it as it is', async () => {
    const damaged = file('damaged.epochs');
    const bytes = readFileSync(filed);
    writeFileSync(damaged, bytes.with(900, bytes[900]! ^ 1));
    const { exitCode, err } = await asked('epochs', 'follow', damaged);
    expect([exitCode, err]).toEqual([1, expect.stringContaining('[remembered-refused]')]);
    expect(readFileSync(damaged)).toEqual(Buffer.from(bytes.with(900, bytes[900]! ^ 1)));
    expect(existsSync(`${damaged}.new`)).toBe(false);
  });

  test('names two certified blocks of one height', async () => {
    const seen = file('seen.epochs');
    const chain = decodeEpochChain(readFileSync(filed));
    const { certificate } = gateway.ledger.block(gateway.ledger.indexedHeight())!;
    // What another, dishonest quorum would have shown: here the seals of the block are those of another ledger.
    const twin = sixEpochs();
    const other = twin.ledger.block(twin.ledger.indexedHeight())!.certificate!;
    expect(other.height).toBe(certificate!.height);
    expect(other.block).not.toBe(certificate!.block);
    writeFileSync(seen, encodeEpochChain({ genesis: chain.genesis, epochs: chain.epochs, highest: other }));
    const { exitCode, err } = await asked('epochs', 'follow', seen);
    expect([exitCode, err]).toEqual([1, expect.stringContaining('[contradiction]')]);
    expect(decodeEpochChain(readFileSync(seen)).highest).toEqual(other);
  });
});

describe('what is verified with the file', () => {
  test('receipts of every epoch; without it those of genesis alone', async () => {
    for (const [epoch, id] of epochs.transactions.entries()) {
      const receipt = file(`receipt-${epoch}`);
      await asked('receipt', 'get', id, '--out', receipt);
      const genesis = ['--genesis', file('genesis')];
      const whole = await run('receipt', 'verify', receipt, ...genesis, '--epochs', filed);
      expect([whole.exitCode, whole.out]).toEqual([0, expect.stringContaining('Verified against')]);
      const alone = await run('receipt', 'verify', receipt, ...genesis);
      expect(alone.exitCode).toBe(epoch === 0 ? 0 : 1);
      if (epoch > 0) expect(alone.out).toMatch(/FAILED {3}quorum: (epoch|validator-set)/);
    }
  });

  test('receipts of every epoch over a gateway, which are remembered, and then need none', async () => {
    const client = file(`client.${gateway.ledger.network.slice(0, 16)}.epochs`);
    const receipt = file('receipt-4');
    await asked('receipt', 'get', epochs.transactions[4]!, '--out', receipt, '--force');
    const founding = await asked('receipt', 'verify', file('receipt-0'));
    expect([founding.exitCode, existsSync(client)]).toEqual([0, false]);
    const online = await asked('receipt', 'verify', receipt);
    expect([online.exitCode, online.err]).toEqual([0, '']);
    expect(decodeEpochChain(readFileSync(client)).epochs).toHaveLength(5);
    const nowhere = ['--gateway', 'http://127.0.0.1:9', '--data', data.directory];
    expect((await run('receipt', 'verify', receipt, ...nowhere)).exitCode).toBe(0);
    // What is remembered is proven again, and a chain that lags is followed on.
    const chain = decodeEpochChain(readFileSync(client));
    writeFileSync(client, encodeEpochChain({ ...chain, epochs: chain.epochs.slice(0, 1) }));
    const away = await run('receipt', 'verify', receipt, ...nowhere);
    expect([away.exitCode, away.err]).toEqual([1, expect.stringContaining('Later epochs are not known')]);
    expect((await asked('receipt', 'verify', receipt)).exitCode).toBe(0);
    expect(decodeEpochChain(readFileSync(client))).toEqual(chain);
    const bytes = readFileSync(client);
    const at = bytes.indexOf(Buffer.from(testKey(5).publicKey, 'hex'));
    writeFileSync(client, bytes.with(at, bytes[at]! ^ 1));
    const damaged = await asked('receipt', 'verify', receipt);
    expect([damaged.exitCode, damaged.err]).toEqual([1, expect.stringContaining('[remembered-refused]')]);
    writeFileSync(client, bytes);
  });

  test('nothing that a lying gateway says of epochs, nor what one of another network does', async () => {
    const client = file(`client.${gateway.ledger.network.slice(0, 16)}.epochs`);
    rmSync(client, { force: true });
    const lying = await startLyingGateway(gateway, {
      answer: (path, text) =>
        path.includes('/epochs') ? text.replaceAll(testKey(5).publicKey, 'ab'.repeat(32)) : text,
    });
    const verify = ['receipt', 'verify', file('receipt-4'), '--data', data.directory];
    const refused = await run(...verify, '--gateway', lying.url);
    await lying.close();
    expect([refused.exitCode, refused.err]).toEqual([1, expect.stringContaining('[epoch-refused]')]);
    const other = await startTestGateway();
    const wrong = await run(...verify, '--gateway', other.url);
    await other.close();
    expect([wrong.exitCode, wrong.err]).toEqual([1, expect.stringContaining('of another network')]);
    expect(existsSync(client)).toBe(false);
  });

  test('packs of every epoch, with the file and without', async () => {
    const { network } = gateway.ledger;
    for (const [epoch, id] of epochs.transactions.entries()) {
      const pack = file(`pack-${epoch}.json`);
      await asked('pack', 'get', id, '--out', pack);
      expect((await run('pack', 'verify', pack, '--network', network)).exitCode).toBe(0);
      expect((await run('pack', 'verify', pack, '--network', network, '--epochs', filed)).exitCode).toBe(0);
    }
  });

  test('nothing, if it is of another network or no such file', async () => {
    const pack = file('pack-1.json');
    const other = await run('pack', 'verify', pack, '--network', 'ab'.repeat(32), '--epochs', filed);
    expect([other.exitCode, other.err]).toEqual([1, expect.stringContaining('[remembered-refused]')]);
    const none = await run('pack', 'verify', pack, '--network', gateway.ledger.network, '--epochs', pack);
    expect([none.exitCode, none.err]).toEqual([4, expect.stringContaining('[malformed]')]);
  });
});

describe('epochs keys', () => {
  test('says who held which key, and proves the consensus keys', async () => {
    const { exitCode, out } = await asked('epochs', 'keys', 'validator-1');
    expect(exitCode).toBe(0);
    expect(out).toContain('validator-1 of north (validator)');
    expect(out).toMatch(new RegExp(`consensus {2}${testKey(21).publicKey} {2}${starts[1]}–\n`));
    expect(out).toContain('the chain of epochs of network');
    expect((await asked('epochs', 'keys', 'nobody')).out).toContain('Nobody of this name');
    expect((await asked('epochs', 'keys')).out).toContain('validator-4 of south (former)');
  });

  test('finds a gateway that says another height, or leaves a key out', async () => {
    for (const change of [
      (text: string) => text.replaceAll(`"from":${starts[1]}`, `"from":${starts[1]! + 1}`),
      (text: string) => text.replaceAll(testKey(21).publicKey, 'ab'.repeat(32)),
    ]) {
      const lying = await startLyingGateway(gateway, {
        answer: (path, text) => (path.includes('/key-history') ? change(text) : text),
      });
      const { exitCode, out } = await run('epochs', 'keys', '--gateway', lying.url);
      await lying.close();
      expect([exitCode, out]).toEqual([1, expect.stringContaining('NOT so by the chain of epochs')]);
    }
  });
});
