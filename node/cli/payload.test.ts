/** Confidential payloads on the command line: appended, read, granted, erased, and what a lying gateway is refused. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  createDecryptionKey,
  type DecryptionKey,
  identityFileText,
} from '../../shared/client/encryption-keys.ts';
import { proofLagMax, proofLagMaxMs } from '../../shared/client/proven-state.ts';
import { decode, encode } from '../../shared/codec/dag-cbor.ts';
import { fromBase64Url, fromHex, toBase64Url } from '../../shared/codec/hex.ts';
import { payloadBytesMax } from '../../shared/codec/payload.ts';
import type { CborMap } from '../../shared/codec/structure.ts';
import type { Digest } from '../../shared/types/brands.ts';
import type { GenesisDocument } from '../../shared/types/ledger.ts';
import { clientFileOf, encryptionKeyFileOf, identityKeyFileOf } from '../config/data-layout.ts';
import { writeKeyFile, writeSecretFile } from '../crypto/key-files.ts';
import { genesisTime, leaver, testGenesis } from '../gateway/test-support/consortium.ts';
import { MemoryLedger } from '../gateway/test-support/memory-ledger.ts';
import { MemoryNode } from '../gateway/test-support/memory-node.ts';
import { type StartedGateway, startTestGateway } from '../gateway/test-support/started-gateway.ts';
import { type CapturedRun, runAt } from './test-support/captured-io.ts';
import { createExampleData, type ExampleData } from './test-support/example-data.ts';
import { startLyingGateway } from './test-support/lying-gateway.ts';

const readers = ['north.submitter', 'south.admin', 'south.operator'] as const;
const keys = new Map<string, DecryptionKey>();
for (const id of [...readers, 'north.stranger']) keys.set(id, await createDecryptionKey());
const keyOf = (id: string): DecryptionKey => keys.get(id)!;
const document: GenesisDocument = {
  ...testGenesis,
  identities: testGenesis.identities.map((identity) => {
    const key = keys.get(identity.id);
    return key === undefined ? identity : { ...identity, encryptionKey: key.publicKey };
  }),
};
const secret = 'The price is 7, says north.';

let gateway: StartedGateway;
let example: ExampleData;

beforeEach(async () => {
  const node = new MemoryNode(new MemoryLedger(document));
  gateway = await startTestGateway({ node, wallMs: () => node.nowMs });
  node.isEager = true;
  example = await createExampleData(undefined, document);
  const quick = { workFactor: 1 };
  await writeKeyFile(
    identityKeyFileOf(example.directory, 'north.leaver'),
    leaver.seed,
    example.passphrase,
    quick,
  );
  for (const id of readers) {
    const keyFile = encryptionKeyFileOf(example.directory, id);
    await writeSecretFile(keyFile, identityFileText(keyOf(id)), example.passphrase, quick);
  }
  writeFileSync(file('secret'), secret);
});
afterEach(async () => {
  await gateway.close();
  example.remove();
});

const file = (name: string): string => join(example.directory, name);
const at = (): string[] => ['--gateway', gateway.url, '--data', example.directory];
const run = (...args: readonly string[]): Promise<CapturedRun> => runAt(gateway.node.nowMs, ...args, ...at());
const failed = async (...args: readonly string[]): Promise<readonly [number, string]> => {
  const { exitCode, out, err } = await run(...args);
  expect(out + err).not.toContain(secret);
  return [exitCode, /\[([A-Za-z-]+)\]/.exec(err)?.[1] ?? err];
};
const appending = (...options: readonly string[]): readonly string[] => [
  'stream',
  'append',
  'orders',
  ...['--type', 'priced', '--event-data', '{}', ...options],
];

interface Appended {
  readonly payload: string;
  readonly for: string;
  readonly keysAsOfBlock?: number;
}
async function appended(...options: readonly string[]): Promise<Appended> {
  const { exitCode, out, err } = await run(...appending('--payload', file('secret'), ...options), '--json');
  expect([exitCode, err]).toEqual([0, '']);
  expect(out).not.toContain(secret);
  return JSON.parse(out) as Appended;
}
const text = (digest: string): string =>
  new TextDecoder('latin1').decode(gateway.node.payloads.get(digest as Digest));
const lastPayload = async (): Promise<string> => {
  const events = (await json('stream', 'read', 'orders')) as { payload?: { digest: string } }[];
  return events.at(-1)!.payload!.digest;
};
const json = async (...args: readonly string[]): Promise<unknown> =>
  JSON.parse((await run(...args, '--json')).out) as unknown;

describe('a confidential payload', () => {
  beforeEach(async () => {
    await run(...appending());
  });

  test('is appended for an identity, which reads it; the ledger and its nodes have nothing of it', async () => {
    const { payload, for: readersTold, keysAsOfBlock } = await appended('--confidential-to', 'south.admin');
    expect([readersTold, keysAsOfBlock]).toEqual(['south.admin', 1]);
    expect(text(payload)).toMatch(/^age-encryption\.org\/v1\n/);
    expect(text(payload)).not.toContain('price');
    const [, event] = (await json('stream', 'read', 'orders')) as { payload?: object }[];
    expect(event?.payload).toMatchObject({ digest: payload, erasable: false, recipients: ['south.admin'] });
    expect((await run('payload', 'get', payload)).out).toBe(secret);
    expect((await run('payload', 'get', '--stream', 'orders', '--revision', '1')).out).toBe(secret);
    expect(await json('payload', 'get', payload)).toMatchObject({
      stream: 'orders',
      text: secret,
      proven: true,
      recipients: ['south.admin'],
    });
  });

  test('is read where nothing can be written, which is said, and not encrypted there', async () => {
    const { payload } = await appended('--confidential-to', 'south.admin');
    // Something is certified since that was not seen yet.
    await run(...appending());
    const { network } = gateway.ledger.genesis;
    const fresh = `${clientFileOf(example.directory, network)}.${process.pid}.new`;
    mkdirSync(fresh);
    for (const command of ['show', 'get']) {
      const { exitCode, out, err } = await run('payload', command, payload);
      expect([exitCode, out]).toEqual([0, expect.stringContaining(command === 'get' ? secret : payload)]);
      expect(err.split('\n').filter((line) => line !== '')).toEqual([
        expect.stringMatching(/^Nothing is remembered .*\[EISDIR\]$/),
      ]);
    }
    expect(
      await failed(...appending('--payload', file('secret'), '--confidential-to', 'south.admin')),
    ).toEqual([4, 'EISDIR']);
    rmSync(fresh, { recursive: true });
  });

  test('can be the first thing that a network records: the state of genesis proves the keys', async () => {
    const node = new MemoryNode(new MemoryLedger(document));
    const fresh = await startTestGateway({ node, wallMs: () => node.nowMs });
    node.isEager = true;
    const there = ['--gateway', fresh.url, '--data', example.directory];
    const options = ['--payload', file('secret'), '--confidential-to', 'south.admin', '--json'];
    const { out, err } = await runAt(node.nowMs, ...appending(...options), ...there);
    expect([JSON.parse(out), err]).toMatchObject([{ height: 1, keysAsOfBlock: 0 }, '']);
    const refused = await runAt(node.nowMs, ...appending(...options), ...there, '--network', 'ab'.repeat(32));
    await fresh.close();
    expect([refused.exitCode, refused.err]).toEqual([2, expect.stringContaining('wrong-network')]);
  });

  test('is for a whole member by its name, and for several with commas', async () => {
    const { for: all } = await appended('--confidential-to', 'member:south,north.submitter');
    expect(all).toBe('north.submitter, south.admin, south.operator');
  });

  test('is written into a file, which is never written over unless it is told to', async () => {
    const { payload } = await appended('--confidential-to', 'south.admin');
    const out = ['--out', file('read')];
    expect((await run('payload', 'get', payload, ...out)).exitCode).toBe(0);
    writeFileSync(file('read'), 'mine');
    expect(await failed('payload', 'get', payload, ...out)).toEqual([4, 'file-exists']);
    expect(readFileSync(file('read'), 'utf8')).toBe('mine');
    await run('payload', 'get', payload, ...out, '--force');
    expect(readFileSync(file('read'), 'utf8')).toBe(secret);
    await run('payload', 'get', payload, '--sealed', '--out', file('sealed'));
    expect(readFileSync(file('sealed'), 'latin1')).toBe(text(payload));
  });

  test('is read with the key file that is named, and with no other', async () => {
    const { payload } = await appended('--confidential-to', 'south.admin');
    const named = (id: string) => [
      ...['--encryption-key', encryptionKeyFileOf(example.directory, id)],
      ...['--encryption-passphrase-file', file('example-passphrase')],
    ];
    expect((await run('payload', 'get', payload, ...named('south.admin'))).out).toBe(secret);
    expect(await failed('payload', 'get', payload, ...named('south.operator'))).toEqual([
      1,
      'not-a-recipient',
    ]);
    expect(await failed('payload', 'get', payload, '--identity', 'south.operator')).toEqual([
      4,
      'not-a-recipient',
    ]);
  });

  test('that a gateway changed, or does not have, is not taken', async () => {
    const { payload } = await appended('--confidential-to', 'south.admin');
    const bytes = gateway.node.payloads.get(payload as Digest)!;
    gateway.node.payloads.set(payload as Digest, bytes.with(bytes.length - 1, bytes.at(-1)! ^ 1));
    expect(await failed('payload', 'get', payload, '--out', file('read'))).toEqual([1, 'payload-damaged']);
    expect(existsSync(file('read'))).toBe(false);
    gateway.node.payloads.delete(payload as Digest);
    expect((await run('payload', 'show', payload)).out).toContain('its bytes are not on this node yet');
    expect(await failed('payload', 'get', 'ab'.repeat(32))).toEqual([1, 'payload-unknown']);
    expect(await failed('payload', 'get', '--stream', 'orders', '--revision', '0')).toEqual([
      2,
      'no-payload',
    ]);
    expect(await failed('payload', 'get')).toEqual([2, 'payload-unnamed']);
  });

  test('is granted on by a reader alone, with its own keys', async () => {
    const { payload } = await appended('--confidential-to', 'south.admin', '--erasable');
    expect(await failed('payload', 'get', payload, '--identity', 'south.operator')).toEqual([
      4,
      'not-a-recipient',
    ]);
    const granted = (await json('payload', 'grant', payload, '--to', 'south.operator')) as Appended;
    expect((await run('payload', 'get', granted.payload, '--identity', 'south.operator')).out).toBe(secret);
    const events = (await json('stream', 'read', 'orders')) as { type: string; payload?: object }[];
    expect(events.at(-1)).toMatchObject({
      type: 'payload.granted',
      payload: { digest: granted.payload, grantOf: payload, erasable: true, recipients: ['south.operator'] },
    });
    const shown = (await run('payload', 'show', payload)).out;
    expect(shown).toContain(`${payload} is here.`);
    expect(shown).toMatch(/readers +south\.admin\n/);
    expect(shown).toContain(`${granted.payload}  south.operator`);
    expect(shown).toMatch(/Proven by the state after block \d/);
    // Who cannot read it is told that another payload has the same content.
    const { err } = await run('payload', 'get', payload, '--identity', 'south.operator');
    expect(err).toContain(`${granted.payload} to south.operator`);
    const byOther = ['--identity', 'north.submitter'];
    expect(await failed('payload', 'grant', payload, '--to', 'south.operator', ...byOther)).toEqual([
      4,
      'not-a-recipient',
    ]);
  });

  test('is erased by the members, and everybody is told by whom and why', async () => {
    const { payload } = await appended('--confidential-to', 'south.admin', '--erasable');
    const granted = (await json('payload', 'grant', payload, '--to', 'south.operator')) as Appended;
    const erase = ['payload', 'erase', payload, '--identity', 'south.admin'];
    expect(await failed(...erase)).toEqual([2, 'reason-missing']);
    const proposed = await run(...erase, '--reason', 'The customer asked');
    expect([proposed.exitCode, proposed.out]).toEqual([0, expect.stringContaining('Proposal 0 is open')]);
    await run('proposal', 'vote', '0', 'yes', '--identity', 'north.leaver');
    for (const digest of [payload, granted.payload]) {
      const { exitCode, err } = await run('payload', 'get', digest);
      expect(exitCode).toBe(1);
      expect(err).toMatch(/\[payload-erased\]\n(.*\n)*.*by +south\n.*reason +The customer asked\n/);
    }
    const shown = (await run('payload', 'show', payload)).out;
    expect(shown).toMatch(/was erased: proposal 0 of south, block \d\./);
    expect(shown).toMatch(/reason +The customer asked/);
    expect(shown).toContain(`${granted.payload}  south.operator  erased`);
  });
});

describe('a gateway that lies about keys', () => {
  const lies: readonly (readonly [string, Parameters<typeof startLyingGateway>[1]])[] = [
    [
      'puts its own key into the record',
      {
        answer: (path, answer) =>
          path.includes('south.admin') && path.includes('/state/') ? withOwnKey(answer) : answer,
      },
    ],
    [
      'proves the record of another identity',
      {
        path: (path) => (path.includes('/state/') ? path.replace('south.admin', 'south.operator') : path),
      },
    ],
    [
      'proves that there is no such member',
      {
        path: (path) => (path.includes('/state/') ? path.replace('members%2Fsouth', 'members%2Fwest') : path),
      },
    ],
  ];

  test.each(lies)('%s: nothing is encrypted or sent', async (_, lie) => {
    await run(...appending());
    const lying = await startLyingGateway(gateway, lie);
    const { exitCode, err } = await runAt(
      gateway.node.nowMs,
      ...appending('--payload', file('secret'), '--confidential-to', 'south.admin'),
      ...['--gateway', lying.url, '--data', example.directory],
    );
    await lying.close();
    expect([exitCode, err]).toEqual([1, expect.stringContaining('[state-unproven]')]);
    expect(gateway.node.payloads.size).toBe(0);
  });

  test('shows the record of another payload: nothing of that one is decrypted', async () => {
    await run(...appending());
    const asked = await appended('--in-clear');
    writeFileSync(file('secret'), 'Another secret.');
    const other = await appended('--confidential-to', 'south.admin');
    const lying = await startLyingGateway(gateway, {
      path: (path) => path.replace(asked.payload, other.payload),
    });
    const { exitCode, out, err } = await runAt(
      gateway.node.nowMs,
      ...['payload', 'get', asked.payload, '--gateway', lying.url, '--data', file('empty')],
      ...['--encryption-key', encryptionKeyFileOf(example.directory, 'south.admin')],
      ...['--encryption-passphrase-file', file('example-passphrase')],
    );
    await lying.close();
    expect([exitCode, out, err]).toEqual([3, '', expect.stringContaining('[invalid-answer]')]);
  });

  test('proves how state was long ago, with a key that was replaced since: it is not believed', async () => {
    await run(...appending());
    const old = new Map<string, string>();
    for (const key of ['identities/by-id/south.admin', 'network/members/south']) {
      const path = `/api/v1/state/${encodeURIComponent(key)}`;
      old.set(path, await (await gateway.ask(path)).text());
    }
    const lying = await startLyingGateway(gateway, { answer: (path, answer) => old.get(path) ?? answer });
    const talkedTo = (): Promise<CapturedRun> =>
      runAt(
        gateway.node.nowMs,
        ...appending('--payload', file('secret'), '--confidential-to', 'south.admin'),
        ...['--gateway', lying.url, '--data', example.directory],
      );
    const { ledger } = gateway;
    const newBlocks = (count: number, time: number): void => {
      for (let block = 0; block < count; block += 1) ledger.commit([], time);
    };
    newBlocks(proofLagMax, genesisTime + 1);
    await appended('--confidential-to', 'south.admin');
    gateway.node.payloads.clear();
    // The newest that was seen is that far behind: as old as it may be.
    expect((await talkedTo()).err).not.toContain('[state-outdated]');
    newBlocks(1, genesisTime + 2);
    await run('payload', 'show', await lastPayload());
    // More blocks, within a few seconds.
    expect((await talkedTo()).err).not.toContain('[state-outdated]');
    newBlocks(1, genesisTime + 2 * proofLagMaxMs);
    await run('payload', 'show', await lastPayload());
    const { exitCode, err } = await talkedTo();
    await lying.close();
    expect([exitCode, err]).toEqual([1, expect.stringContaining('[state-outdated]')]);
    expect(err).toMatch(/seen +\d+/);
    expect(gateway.node.payloads.size).toBe(0);
  });

  test('names the payload of another event: nothing of that one is decrypted', async () => {
    await run(...appending());
    await appended('--confidential-to', 'south.admin');
    writeFileSync(file('secret'), 'Another secret.');
    const other = await appended('--confidential-to', 'south.admin');
    const [, asked, instead] = (await json('stream', 'read', 'orders')) as {
      transaction: string;
      eventId: string;
    }[];
    const read = (url: string): Promise<CapturedRun> =>
      runAt(
        gateway.node.nowMs,
        ...['payload', 'get', '--stream', 'orders', '--revision', '1'],
        ...['--gateway', url, '--data', example.directory],
      );
    expect((await read(gateway.url)).out).toBe(secret);
    const lies: Parameters<typeof startLyingGateway>[1][] = [
      // The event behind it, under this revision.
      {
        path: (path) =>
          path.includes('/streams/') ? path.replace('from=1', 'from=2').replace('to=1', 'to=2') : path,
        answer: (path, text) =>
          path.includes('/streams/') ? text.replaceAll('"revision":2', '"revision":1') : text,
      },
      // This event, with the other digest.
      {
        answer: (path, text) =>
          path.includes('/streams/') ? text.replaceAll(instead!.transaction, asked!.transaction) : text,
        path: (path) => path.replace('from=1', 'from=2').replace('to=1', 'to=2'),
      },
      // A receipt of another transaction.
      {
        path: (path) =>
          path.includes('/receipt') ? path.replace(asked!.transaction, instead!.transaction) : path,
      },
    ];
    for (const lie of lies) {
      const lying = await startLyingGateway(gateway, lie);
      const { exitCode, out, err } = await read(lying.url);
      await lying.close();
      expect([exitCode, out, err]).toEqual([1, '', expect.stringContaining('[event-unproven]')]);
    }
    const digestOnly = await startLyingGateway(gateway, {
      answer: (path, text) =>
        path.includes('/streams/')
          ? text.replace(/"digest":"[0-9a-f]{64}"/, `"digest":"${other.payload}"`)
          : text,
    });
    // What the event says is taken from its receipt, not from the list.
    expect((await read(digestOnly.url)).out).toBe(secret);
    await digestOnly.close();
  });

  test('is not asked which network to trust', async () => {
    const own = ['--key', identityKeyFileOf(example.directory, 'north.submitter')];
    const { exitCode, err } = await runAt(
      gateway.node.nowMs,
      ...appending('--payload', file('secret'), '--confidential-to', 'south.admin'),
      ...['--gateway', gateway.url, '--data', file('empty'), ...own],
      ...['--passphrase-file', file('example-passphrase')],
    );
    expect([exitCode, err]).toEqual([2, expect.stringContaining('[network-not-pinned]')]);
  });
});

/** The state's answer with the stranger's key in the place of the one that is registered. */
function withOwnKey(answer: string): string {
  const read = JSON.parse(answer) as { readonly value: string };
  const record = decode(fromBase64Url(read.value)) as CborMap;
  const encryptionKey = fromHex(keyOf('north.stranger').publicKey);
  return JSON.stringify({ ...read, value: toBase64Url(encode({ ...record, encryptionKey })) });
}

describe('what is refused before anything is sent', () => {
  test('a payload for nobody, or readers of nothing', async () => {
    const payload = ['--payload', file('secret')];
    expect(await failed(...appending(...payload))).toEqual([2, 'readers-unsaid']);
    for (const option of [['--confidential-to', 'south.admin'], ['--in-clear'], ['--erasable']])
      expect(await failed(...appending(...option))).toEqual([2, 'payload-unsaid']);
    const both = await run(...appending(...payload, '--in-clear', '--confidential-to', 'south.admin'));
    expect([both.exitCode, both.err]).toEqual([2, expect.stringContaining('cannot be used with')]);
  });

  test('who has no key or is not there, a file that is too large or not there', async () => {
    await run(...appending());
    const payload = ['--payload', file('secret')];
    for (const [name, code] of [
      ['south.auditor', 'recipient-without-key'],
      ['south.who', 'recipient-unknown'],
      ['member:west', 'recipient-unknown'],
    ] as const)
      expect(await failed(...appending(...payload, '--confidential-to', name))).toEqual([1, code]);
    writeFileSync(file('large'), new Uint8Array(payloadBytesMax + 1));
    const to = ['--confidential-to', 'south.admin'];
    expect(await failed(...appending('--payload', file('large'), ...to))).toEqual([4, 'payload-too-large']);
    expect(await failed(...appending('--payload', file('absent'), ...to))).toEqual([4, 'ENOENT']);
    expect(gateway.node.payloads.size).toBe(0);
  });
});

test('a payload for all readers is kept as it is, once that is said', async () => {
  const { payload, for: readersTold } = await appended('--in-clear', '--erasable');
  expect([readersTold, text(payload)]).toEqual(['all readers', secret]);
  expect((await run('payload', 'get', payload, '--identity', 'south.auditor')).out).toBe(secret);
  expect(await failed('payload', 'grant', payload, '--to', 'south.admin')).toEqual([2, 'not-confidential']);
});
