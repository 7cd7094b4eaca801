import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decodeEnvelope } from '../../shared/codec/ledger.ts';
import { examplePassphraseFileOf, genesisFileOf } from '../config/data-layout.ts';
import { writeKeyFile } from '../crypto/key-files.ts';
import {
  genesisTime,
  keyOfRole,
  leaver,
  stranger,
  submitter,
  type TestKey,
  testEnvelope,
  testGenesis,
} from '../gateway/test-support/consortium.ts';
import { type StartedGateway, startTestGateway } from '../gateway/test-support/started-gateway.ts';
import { createProgram } from './program.ts';
import { run, runAt } from './test-support/captured-io.ts';
import { createExampleData, type ExampleData } from './test-support/example-data.ts';
import { startLyingGateway } from './test-support/lying-gateway.ts';

let gateway: StartedGateway;
let example: ExampleData;
let data: string;

beforeEach(async () => {
  gateway = await startTestGateway();
  gateway.node.isEager = true;
  example = await createExampleData();
  data = example.directory;
});
afterEach(async () => {
  await gateway.close();
  example.remove();
});

const writeKey = (file: string, { seed }: TestKey): Promise<void> =>
  writeKeyFile(file, seed, example.passphrase, { workFactor: 1 });
const there = (): string[] => ['--gateway', gateway.url, '--data', data];
const signed = there;

describe('writing and reading', () => {
  test('stream append, then read', async () => {
    const appended = await run(
      'stream',
      'append',
      'orders/42',
      '--type',
      'made',
      '--event-data',
      '{"q":7}',
      '--label',
      'by=sea',
      ...signed(),
    );
    expect([appended.exitCode, appended.out]).toEqual([
      0,
      expect.stringMatching(/^Appended to orders\/42\.\n {2}id .*\n {2}height {2}1$/),
    ]);
    const read = await run('stream', 'read', 'orders/42', '--json', ...there());
    expect(JSON.parse(read.out)).toMatchObject([
      { revision: 0, type: 'made', data: { q: 7 }, labels: { by: 'sea' } },
    ]);
  });

  test('stream schema, and what an append against it is told', async () => {
    const { ledger, node } = gateway;
    const schema = { properties: { data: { required: ['q'] } } };
    const actions = [{ kind: 'schemas.set', args: { stream: 'orders/42', schema } }];
    const expiresAt = genesisTime + 300_000;
    for (const [key, action, args] of [
      [leaver, 'governance.propose', { actions, reason: 'order', expiresAt }],
      [keyOfRole.admin, 'governance.vote', { proposal: 0, approve: true }],
    ] as const) {
      const envelope = testEnvelope({ network: ledger.network, action, args, key, expiresAt });
      const transaction = decodeEnvelope(envelope);
      node.pool.set(transaction.id, transaction);
    }
    node.certify();
    const shown = await run('stream', 'schema', 'orders/42', ...there());
    expect([shown.exitCode, shown.out]).toEqual([
      0,
      `Every event of orders/42 from block 2 on:\n${JSON.stringify(schema, null, 2)}`,
    ]);
    const json = await run('stream', 'schema', 'orders/42', '--json', ...there());
    expect(JSON.parse(json.out)).toEqual({ stream: 'orders/42', since: 2, schema });
    const none = await run('stream', 'schema', 'orders/43', ...there());
    expect([none.exitCode, none.err]).toEqual([1, expect.stringContaining('[not-found]')]);

    const append = ['stream', 'append', 'orders/42', '--type', 'made', ...signed()];
    expect((await run(...append, '--event-data', '{"q":7}')).exitCode).toBe(0);
    const refused = await run(...append, '--event-data', '{"p":7}');
    expect(refused.exitCode).toBe(1);
    expect(refused.err).toMatch(/\[schema-violation\]\n(.*\n)*.*path +\/data\n(.*\n)*.*the property q/);
  });

  test('a wrong revision ends with 1, its code, facts and next step on standard error', async () => {
    const args = [
      'stream',
      'append',
      's',
      '--type',
      't',
      '--event-data',
      '1',
      '--expected-revision',
      '4',
      ...signed(),
    ];
    const { exitCode, out, err } = await run(...args);
    expect([exitCode, out]).toEqual([1, '']);
    expect(err).toMatch(/\[wrong-expected-revision\]\n(.*\n)*.*actual +-1/);
    const { error } = JSON.parse((await run(...args, '--json')).err) as { error: unknown };
    expect(error).toMatchObject({
      code: 'wrong-expected-revision',
      facts: { expected: 4 },
      next: expect.any(String),
    });
  });

  test('assets: define, issue, transfer, burn, balances; amounts stay exact', async () => {
    const asset = (...args: string[]) => run('asset', ...args, ...signed());
    await asset('define', 'gold', '--decimals', '2', '--name', 'Gold');
    await asset('issue', 'gold', '--to', 'north.submitter', '--amount', '18446744073709551615');
    await asset('transfer', 'gold', '--to', 'south.auditor', '--amount', '5');
    await asset('burn', 'gold', '--amount', '1');
    const { out } = await run('asset', 'balances', 'gold', '--json', ...there());
    expect(JSON.parse(out)).toMatchObject({
      total: '18446744073709551614',
      balances: [{ amount: '18446744073709551609' }, { amount: '5' }],
    });
    const failed = await asset('transfer', 'gold', '--to', 'nobody', '--amount', '1');
    expect([failed.exitCode, failed.err]).toEqual([1, expect.stringContaining('[unknown-identity]')]);
  });

  test('asset list follows every page; a beginning narrows it', async () => {
    const { ledger, node } = gateway;
    const none = await run('asset', 'list', ...there());
    expect([none.exitCode, none.out]).toEqual([0, expect.stringMatching(/^No asset as of block \d+\.$/)]);
    const more = 501;
    for (let at = 0; at < more; at++) {
      const args = { asset: `bolt.${String(at).padStart(3, '0')}`, decimals: 0 };
      const expiresAt = genesisTime + 300_000;
      const envelope = testEnvelope({
        network: ledger.network,
        action: 'assets.define',
        args,
        key: submitter,
        expiresAt,
      });
      const transaction = decodeEnvelope(envelope);
      node.pool.set(transaction.id, transaction);
    }
    node.certify();
    await run('asset', 'define', 'gold', '--decimals', '2', '--name', 'Gold\nand more', ...signed());
    await run('asset', 'issue', 'gold', '--to', 'north.submitter', '--amount', '5000', ...signed());

    const all = await run('asset', 'list', '--json', ...there());
    const { height, rows } = JSON.parse(all.out) as { height: number; rows: { asset: string }[] };
    expect(rows.map(({ asset }) => asset)).toEqual([
      ...Array.from({ length: more }, (_, at) => `bolt.${String(at).padStart(3, '0')}`),
      'gold',
    ]);
    expect(rows.at(-1)).toMatchObject({ supply: '5000', decimals: 2, definer: 'north.submitter' });
    const gold = await run('asset', 'list', '--prefix', 'go', ...there());
    expect([gold.exitCode, gold.out]).toEqual([
      0,
      `Supply as of block ${height}\n  gold  5000  decimals 2  defined by north.submitter  Gold\\u000aand more`,
    ]);
  });

  test('a memo is refused with its place where the protocol does not know it yet', async () => {
    await run('asset', 'define', 'gold', ...signed());
    const issue = ['asset', 'issue', 'gold', '--to', 'north.submitter', '--amount', '5'];
    const { exitCode, err } = await run(...issue, '--memo', 'Invoice 117', ...signed());
    expect([exitCode, err]).toEqual([1, expect.stringMatching(/\[malformed-args\]\n(.*\n)*.*args\.memo/)]);
    expect((await run(...issue, ...signed())).exitCode).toBe(0);
  });

  test('tx submit takes any action, and --no-wait ends when accepted', async () => {
    gateway.node.isEager = false;
    const args = '{"asset":"iron","decimals":0}';
    const { exitCode, out } = await run(
      'tx',
      'submit',
      '--action',
      'assets.define',
      '--args',
      args,
      '--no-wait',
      '--json',
      ...signed(),
    );
    expect([exitCode, JSON.parse(out)]).toMatchObject([0, { status: 'accepted' }]);
    expect(gateway.node.pool.size).toBe(1);
  });

  test('a key that the network does not know is refused', async () => {
    const key = join(data, 'stranger.age');
    await writeKey(key, stranger);
    const args = ['--key', key, '--passphrase-file', examplePassphraseFileOf(data)];
    const { exitCode, err } = await run('asset', 'define', 'x', ...args, ...signed());
    expect([exitCode, err]).toEqual([1, expect.stringContaining('[unknown-sender]')]);
  });

  test('status in one sentence, or as JSON', async () => {
    expect((await run('status', ...there())).out).toMatch(/^test consortium: committing/);
    expect(JSON.parse((await run('status', '--json', ...there())).out)).toMatchObject({
      node: 'validator-1',
      height: 0,
    });
  });
});

describe('proofs', () => {
  async function certifiedId(): Promise<string> {
    const { out } = await run(
      'stream',
      'append',
      's',
      '--type',
      't',
      '--event-data',
      '{}',
      '--json',
      ...signed(),
    );
    return (JSON.parse(out) as { id: string }).id;
  }

  test.each(['pack', 'pack.json'])(
    'a %s is fetched, and verified against the network id alone',
    async (name) => {
      const file = join(data, name);
      expect((await run('pack', 'get', await certifiedId(), '--out', file, ...there())).exitCode).toBe(0);
      const { exitCode, out } = await run('pack', 'verify', file, '--network', gateway.ledger.network);
      expect([exitCode, out.match(/^ok/gm)?.length]).toEqual([0, 6]);
      const other = await run('pack', 'verify', file, '--network', '0'.repeat(64), '--json');
      expect([other.exitCode, JSON.parse(other.out)]).toMatchObject([1, { ok: false }]);
    },
  );

  test.each(['pack', 'receipt'])('a sound %s of another transaction is not taken', async (noun) => {
    const [asked, other] = [await certifiedId(), await certifiedId()];
    const lying = await startLyingGateway(gateway, { path: (path) => path.replace(asked, other) });
    for (const out of [[], ['--out', join(data, noun)], ['--out', join(data, `${noun}.json`)]]) {
      const { exitCode, err, out: printed } = await run(noun, 'get', asked, ...out, '--gateway', lying.url);
      expect([exitCode, printed, err]).toEqual([1, '', expect.stringContaining('[other-transaction]')]);
    }
    await lying.close();
    await expect(readFile(join(data, noun))).rejects.toThrow();
  });

  test('what a pack proves is said: the transaction, by whom, and how it ended', async () => {
    const file = join(data, 'pack');
    const transaction = await certifiedId();
    await run('pack', 'get', transaction, '--out', file, ...there());
    const verify = ['pack', 'verify', file, '--network', gateway.ledger.network];
    const proven = {
      transaction,
      action: 'streams.append',
      sender: submitter.publicKey,
      outcome: 'succeeded',
    };
    expect(JSON.parse((await run(...verify, '--json')).out)).toMatchObject({ ok: true, ...proven });
    const { out } = await run(...verify);
    for (const value of Object.values(proven)) expect(out).toContain(value);
  });

  test('a mutated pack is not verified, a file that is none neither', async () => {
    const file = join(data, 'pack');
    await run('pack', 'get', await certifiedId(), '--out', file, ...there());
    const bytes = await readFile(file);
    bytes[bytes.length - 30] = (bytes[bytes.length - 30] ?? 0) ^ 1;
    for (const content of [bytes, Buffer.from('no pack'), Buffer.alloc(0)]) {
      await writeFile(file, content);
      const { exitCode, out } = await run('pack', 'verify', file, '--network', gateway.ledger.network);
      expect([exitCode, out]).toEqual([1, expect.stringContaining('NOT verified')]);
      if (content !== bytes) expect(out).toContain('The file is damaged, or no proof of this kind.');
    }
  });

  test('a pack of another network says so', async () => {
    const file = join(data, 'pack');
    await run('pack', 'get', await certifiedId(), '--out', file, ...there());
    const { exitCode, out } = await run('pack', 'verify', file, '--network', 'ab'.repeat(32));
    expect([exitCode, out]).toEqual([
      1,
      expect.stringContaining('The proof is of another network than the one that you trust.'),
    ]);
  });

  test.each(['pack', 'receipt'])('%s get writes over no file unless it is told to', async (noun) => {
    const file = join(data, `taken.${noun}`);
    await writeFile(file, 'mine');
    const id = await certifiedId();
    const { exitCode, err } = await run(noun, 'get', id, '--out', file, ...there());
    expect([exitCode, err]).toEqual([4, expect.stringContaining('[file-exists]')]);
    expect(await readFile(file, 'utf8')).toBe('mine');
    expect((await run(noun, 'get', id, '--out', file, '--force', ...there())).exitCode).toBe(0);
    expect((await readFile(file)).length).toBeGreaterThan(100);
  });

  test('a receipt is verified with the validators of a genesis', async () => {
    const file = join(data, 'receipt');
    await run('receipt', 'get', await certifiedId(), '--out', file, ...there());
    const { exitCode, out } = await run('receipt', 'verify', file, '--genesis', genesisFileOf(data));
    expect([exitCode, out]).toEqual([
      0,
      expect.stringContaining(`Verified against network ${gateway.ledger.network}`),
    ]);
  });

  test('without --out the JSON goes to standard output', async () => {
    const { out } = await run('receipt', 'get', await certifiedId(), ...there());
    expect(JSON.parse(out)).toMatchObject({ certificate: { height: 1 } });
  });
});

describe('exit codes', () => {
  const nowhere = ['--gateway', 'http://127.0.0.1:1'];
  test.each<[exitCode: number, args: string[]]>([
    [0, ['--help']],
    [0, ['--version']],
    [2, []],
    [2, ['nonsense']],
    [2, ['stream', 'append', 's']],
    [2, ['pack', 'verify', 'file', '--network', 'short']],
    [2, ['asset', 'issue', 'a', '--to', 'b', '--amount', '18446744073709551616', ...nowhere]],
    [2, ['evidence', 'list', '--limit', '0', ...nowhere]],
    [2, ['stream', 'append', 's', '--type', 't', '--event-data', '"\\ud800"', ...nowhere]],
    [2, ['stream', 'append', 's', '--type', 't', '--event-data', '1e400', ...nowhere]],
    [2, ['tx', 'submit', '--action', 'a.b', '--args', '{']],
    [2, ['tx', 'submit']],
    [2, ['pack', 'get', 'short', ...nowhere]],
    [2, ['receipt', 'get', 'short', ...nowhere]],
    [2, ['stream', 'read', '', ...nowhere]],
    [2, ['stream', 'append', 's', '--type', 't', '--event-data', '1', '--expected-revision', 'soon']],
    [2, ['stream', 'append', 's', '--type', 't', '--event-data', '1', '--network', 'short']],
    [2, ['status', '--gateway', 'ftp://127.0.0.1']],
    [4, ['pack', 'verify', '/', '--network', '0'.repeat(64)]],
    [2, ['import', 'a.txt', '--stream-column', 'x', '--type', 'y']],
    [2, ['import', 'a.csv', '--stream-column', 'x', '--type', 'y', '--type-column', 'z']],
    [2, ['node', 'start']],
    [3, ['status', ...nowhere]],
    [4, ['ledger', 'verify', '/nowhere']],
    [4, ['ledger', 'rebuild', '/nowhere']],
    [4, ['pack', 'verify', '/nowhere', '--network', '0'.repeat(64)]],
    [4, ['network', 'check', '/nowhere.yaml']],
    [4, ['keys', 'show', '/nowhere', '--passphrase-file', '/nowhere']],
    [4, ['asset', 'define', 'x', '--data', '/nowhere', ...nowhere]],
  ])('%i for concordat %j', async (exitCode, args) => {
    const result = await run(...args);
    expect(result.exitCode, result.err).toBe(exitCode);
    if (exitCode !== 0) expect(result.err).not.toBe('');
  });

  test('a server that hangs up without an answer is no gateway', async () => {
    const server = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { exitCode, err } = await run('status', '--gateway', `http://127.0.0.1:${port}`);
    server.close();
    expect([exitCode, err]).toEqual([3, expect.stringContaining('[unreachable]')]);
  });

  test('whoever is answered by another gateway than the first is told by which, beside the result', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const dead = `http://127.0.0.1:${(closed.address() as AddressInfo).port}`;
    closed.close();
    const both = ['--gateway', dead, ...there()];
    const { exitCode, out, err } = await run('status', ...both);
    expect([exitCode, err.split('\n')]).toEqual([0, [expect.stringContaining('ECONNREFUSED')]]);
    expect(err).toContain(`${dead} does not answer`);
    expect(err).toContain(`${gateway.url} does.`);
    expect(out).not.toContain('does not answer');
    const json = await run('status', '--json', ...both);
    expect(JSON.parse(json.out)).toMatchObject({ ready: true });
    expect(JSON.parse(json.err)).toMatchObject({
      notice: { code: 'answered-by', gateway: gateway.url, silent: [{ gateway: dead }] },
    });
    expect((await run('status', ...there())).err).toBe('');
  });

  test('what is about one node is never answered by another one', async () => {
    const document = {
      ...testGenesis,
      validators: testGenesis.validators.map((one, index) => ({
        ...one,
        gateway: index === 0 ? 'http://127.0.0.1:1' : gateway.url,
      })),
    };
    const data = await createExampleData(undefined, document);
    const named = ['--gateway', 'http://127.0.0.1:1', '--gateway', gateway.url];
    for (const command of [['disk'], ['keys', 'plan'], ['keys', 'rotate'], ['session', 'link']])
      for (const gateways of [[], named]) {
        const { exitCode, err } = await run(...command, '--data', data.directory, ...gateways);
        expect([exitCode, err]).toEqual([3, expect.stringContaining('[unreachable]')]);
        expect(err).not.toContain(gateway.url);
      }
    data.remove();
  });

  test('who has no key here is told how to name one', async () => {
    const { exitCode, err } = await run('status', '--gateway', gateway.url, '--data', '/nowhere');
    expect([exitCode, err]).toEqual([1, expect.stringContaining('[sign-in-required]')]);
    expect(err).toContain(
      '--data DIR (else it is ./data, where the command is typed), or a key with --key FILE --passphrase-file FILE',
    );
  });

  test('a key that is not here is told in words, with its file', async () => {
    const { exitCode, err } = await run('status', '--identity', 'north.nobody', ...there());
    expect([exitCode, err.split('\n')[0]]).toEqual([
      4,
      'There is no key file at this path. [key-file-missing]',
    ]);
    expect(err).toContain('identity_north.nobody.age');
  });

  test.each([
    [['help'], 'Usage: concordat [options] [command]'],
    [['help', 'stream'], 'Usage: concordat stream '],
    [['help', 'stream', 'append'], 'Usage: concordat stream append '],
  ])('concordat %j is its --help', async (args, usage) => {
    const { exitCode, out } = await run(...args);
    expect([exitCode, out]).toEqual([0, expect.stringContaining(usage)]);
  });

  test('an error names its code once', async () => {
    const { err } = await run('network', 'check', '/nowhere.yaml');
    expect(err.split('\n')[0]).toBe('A configuration file is missing. [config-file-missing]');
  });

  test('every command has --help with an example and --json', async () => {
    const { io } = {
      io: { out: () => undefined, err: () => undefined, pipe: null, terminal: null, nowMs: () => 0 },
    };
    const leavesOf = ({ commands }: Command, path: readonly string[]): readonly (readonly string[])[] =>
      commands.length === 0 ? [path] : commands.flatMap((one) => leavesOf(one, [...path, one.name()]));
    const leaves = leavesOf(createProgram(io), []);
    expect(leaves.length).toBeGreaterThan(20);
    for (const path of leaves) {
      const { exitCode, out } = await run(...path, '--help');
      expect(exitCode).toBe(0);
      expect(out).toContain(`$ npx concordat ${path.join(' ')}`);
      expect(out).toContain('--json');
    }
  });
});

describe('import', () => {
  const text = [
    '\uFEFFid,PO / SO #,note',
    '1,SCMS-1,"quoted ""text"", with',
    'a newline"',
    '2,SCMS-2,日本 Ελλάδα العربية',
    '3,SCMS-1,last',
    '',
  ].join('\r\n');
  const columns = ['--stream-column', 'PO / SO #', '--type', 'delivery', '--json'];

  test('each row once, in order; again and in a part it doubles nothing', async () => {
    const file = join(data, 'deliveries.csv');
    await writeFile(file, text);
    const first = await run('import', file, ...columns, ...signed());
    expect([first.exitCode, JSON.parse(first.out)]).toMatchObject([
      0,
      { rows: 3, new: 3, repeated: 0, refused: [] },
    ]);
    const again = await run('import', file, ...columns, ...signed());
    expect(JSON.parse(again.out)).toMatchObject({ rows: 3, new: 0, repeated: 3 });
    const events = gateway.ledger.streamEvents('SCMS-1', { from: 0, limit: 9 });
    expect(events.map(({ data: row }) => row)).toMatchObject([
      { id: '1', note: 'quoted "text", with\r\na newline' },
      { id: '3', note: 'last' },
    ]);
    expect(gateway.ledger.events(0, 10)).toHaveLength(3);
  });

  test('goes on over another gateway when one is gone, and reports for people', async () => {
    const file = join(data, 'log.ndjson');
    await writeFile(file, '{"device":"a","kind":"on"}\n{"device":"b","kind":"off"}\n');
    const gone = ['--gateway', 'http://127.0.0.1:1'];
    const args = ['--stream-column', 'device', '--type-column', 'kind', '--batch', '1'];
    const { exitCode, out } = await run('import', file, ...args, ...gone, ...signed());
    expect([exitCode, out]).toEqual([
      0,
      expect.stringMatching(/^Imported .*log\.ndjson\.\n {2}rows +2\n {2}new +2/),
    ]);
    expect(
      gateway.ledger
        .events(0, 9)
        .map(({ type }) => type)
        .toSorted(),
    ).toEqual(['off', 'on']);
  });

  test('a row that ran in vain is refused when it is repeated, too', async () => {
    // Its role is gone between the door and the block.
    const { node, ledger } = gateway;
    const submit = node.submit.bind(node);
    node.submit = (...args) => {
      ledger.changeIdentity('north.submitter', { roles: ['auditor'] });
      submit(...args);
      ledger.changeIdentity('north.submitter', { roles: ['submitter'] });
    };
    const file = join(data, 'read-only.ndjson');
    await writeFile(file, '{"s":"a"}\n{"s":"b"}\n');
    const args = ['--stream-column', 's', '--type', 't', '--json', ...signed()];
    for (const nowMs of [genesisTime, genesisTime + 5_000]) {
      const { exitCode, out } = await runAt(nowMs, 'import', file, ...args);
      expect([exitCode, JSON.parse(out)]).toMatchObject([
        1,
        { rows: 2, new: 0, repeated: 0, refused: [{ code: 'role-missing' }, { code: 'role-missing' }] },
      ]);
    }
    expect(gateway.ledger.events(0, 9)).toEqual([]);
  });

  test('a row whose text cannot be recorded is refused, the others are imported', async () => {
    const file = join(data, 'half.ndjson');
    await writeFile(file, '{"s":"a","x":"\\ud800"}\n{"s":"a","x":1}\n');
    const args = ['--stream-column', 's', '--type', 't', '--json', ...signed()];
    const { exitCode, out } = await run('import', file, ...args);
    expect([exitCode, JSON.parse(out)]).toMatchObject([
      1,
      { new: 1, refused: [{ row: 1, code: 'not-recordable' }] },
    ]);
  });

  test('rows that are refused are named, the others are imported, and it ends with 1', async () => {
    const file = join(data, 'big.ndjson');
    await writeFile(file, `{"s":"a"}\n{"s":"b","x":"${'x'.repeat(70_000)}"}\n`);
    const { exitCode, out } = await run(
      'import',
      file,
      '--stream-column',
      's',
      '--type',
      't',
      '--json',
      ...signed(),
    );
    expect([exitCode, JSON.parse(out)]).toMatchObject([
      1,
      { new: 1, refused: [{ row: 2, code: 'too-large' }] },
    ]);
  });
});
