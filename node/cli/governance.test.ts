/** Commands by which members decide: proposals, members, identities, validators, activations. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { ageRecipientOf, createDecryptionKey } from '../../shared/client/encryption-keys.ts';
import { identityKeyFileOf } from '../config/data-layout.ts';
import { createEncryptionKeyFile } from '../crypto/encryption-key-files.ts';
import { writeKeyFile } from '../crypto/key-files.ts';
import { leaver, type TestKey, testKey } from '../gateway/test-support/consortium.ts';
import { MemoryLedger } from '../gateway/test-support/memory-ledger.ts';
import { MemoryNode } from '../gateway/test-support/memory-node.ts';
import { type StartedGateway, startTestGateway } from '../gateway/test-support/started-gateway.ts';
import { readIdentity } from '../ledger/modules/identities.ts';
import { readMember } from '../ledger/modules/members.ts';
import { readProposal } from '../ledger/modules/proposals.ts';
import { type CapturedRun, runAt } from './test-support/captured-io.ts';
import { createExampleData, type ExampleData } from './test-support/example-data.ts';

let gateway: StartedGateway;
let example: ExampleData;
let passphraseFile: string;

beforeEach(async () => {
  // Its clock is block time.
  const node = new MemoryNode(new MemoryLedger());
  gateway = await startTestGateway({ node, wallMs: () => node.nowMs });
  node.isEager = true;
  example = await createExampleData();
  passphraseFile = join(example.directory, 'example-passphrase');
  await writeKey(identityKeyFileOf(example.directory, 'north.leaver'), leaver);
});
afterEach(async () => {
  await gateway.close();
  example.remove();
});

const file = (name: string): string => join(example.directory, name);
const writeKey = (path: string, { seed }: TestKey): Promise<void> =>
  writeKeyFile(path, seed, example.passphrase, { workFactor: 1 });
const at = (): string[] => ['--gateway', gateway.url, '--data', example.directory];
const run = (...args: readonly string[]): Promise<CapturedRun> => runAt(gateway.node.nowMs, ...args, ...at());
const south = (...args: readonly string[]): Promise<CapturedRun> => run(...args, '--identity', 'south.admin');
const north = (...args: readonly string[]): Promise<CapturedRun> =>
  run(...args, '--identity', 'north.leaver');
const json = async (result: Promise<CapturedRun>): Promise<unknown> => {
  const { exitCode, out, err } = await result;
  expect([exitCode, err]).toEqual([0, '']);
  return JSON.parse(out);
};
const state = () => gateway.ledger.state;
/** A key file, and the options that name it. */
async function newKey(number: number): Promise<string[]> {
  await writeKey(file(`new-${number}.age`), testKey(number));
  return ['--new-key', file(`new-${number}.age`), '--new-key-passphrase-file', passphraseFile];
}
const because = ['--reason', 'for a test'];

describe('proposals', () => {
  test('create, list, show, vote: from a file to its execution', async () => {
    writeFileSync(
      file('actions.yaml'),
      `reason: Suspended for a test
expires: 2h
actions:
  - kind: members.suspend
    args: { member: north }
  - kind: identities.grant
    args: { identity: south.operator, role: auditor }
`,
    );
    const created = await south('proposal', 'create', file('actions.yaml'));
    expect([created.exitCode, created.out]).toEqual([
      0,
      expect.stringMatching(
        /^Proposal 0 is open: 1 of 2 approvals; no ballot yet of north\.\n.*proposal vote 0 yes\n/,
      ),
    ]);
    expect(readProposal(state(), 0)).toMatchObject({
      reason: 'Suspended for a test',
      proposer: 'south.admin',
    });
    const { createdAt, expiresAt } = readProposal(state(), 0)!;
    expect(expiresAt - createdAt).toBeLessThanOrEqual(2 * 3_600_000);
    expect((await run('proposal', 'list')).out).toBe(
      '0  open  1/2  members.suspend, identities.grant  by south.admin: Suspended for a test',
    );
    const shown = await run('proposal', 'show', '0');
    expect(shown.out).toContain('As things are it would be carried out: 4 → 4 validators');
    expect(shown.out).toMatch(/1\. members\.suspend: member north\n +status +active → suspended/);
    expect(shown.out).toMatch(/roles +\["operator"\] → \["auditor","operator"\]/);
    const voted = await north('proposal', 'vote', '0', 'yes');
    // Its own ballot shut it out: that is no failure of the ballot.
    expect([voted.exitCode, voted.out]).toEqual([
      0,
      expect.stringMatching(/^Certified\..*\n.*\n +height +2$/),
    ]);
    expect((await south('proposal', 'show', '0')).out).toContain('Proposal 0 is executed (block 2).');
    expect(readMember(state(), 'north')?.status).toBe('suspended');
    expect((await south('proposal', 'list')).out).toBe('No proposal waits.');
    expect(await json(south('proposal', 'list', '--all', '--json'))).toMatchObject([
      { number: 0, status: 'executed' },
    ]);
  });

  test('flags for the common ones, and a file beside them', async () => {
    writeFileSync(file('a.json'), '{"actions":[{"kind":"members.suspend","args":{"member":"north"}}]}');
    const flags = [
      '--set',
      'window=7',
      '--set',
      'driftMs=900',
      '--threshold',
      'thresholds.set=all',
      '--threshold',
      'members.remove=3/4',
    ];
    await json(
      south('proposal', 'create', file('a.json'), ...flags, '--not-before', '40', ...because, '--json'),
    );
    expect(readProposal(state(), 0)?.actions).toEqual([
      { kind: 'members.suspend', args: { member: 'north' } },
      { kind: 'parameters.set', args: { set: { window: 7, driftMs: 900 }, notBefore: 40 } },
      { kind: 'thresholds.set', args: { kind: 'thresholds.set', more: [1023, 1024] } },
      { kind: 'thresholds.set', args: { kind: 'members.remove', more: [3, 4] } },
    ]);
  });

  test('a dry run changes nothing; a refused one ends with 1 and says why and what to do', async () => {
    const fine = await run('proposal', 'dry-run', '--set', 'window=7');
    expect([fine.exitCode, fine.out]).toEqual([0, expect.stringContaining('window  16 → 7')]);
    const refused = await run('proposal', 'dry-run', '--set', 'window=7', '--protocol', '9');
    expect(refused.exitCode).toBe(1);
    expect(refused.out).toContain('[protocol-not-next]');
    expect(refused.out).toContain('Propose the version that follows the present one.');
    const answer = await run('proposal', 'dry-run', '--protocol', '9', '--json');
    expect([answer.exitCode, JSON.parse(answer.out)]).toMatchObject([
      1,
      { ok: false, refusal: { index: 0 } },
    ]);
    expect(gateway.ledger.indexedHeight()).toBe(0);
  });

  test('what cannot be executed is refused with its reason', async () => {
    const { exitCode, err } = await south('validator', 'remove', 'validator-1', ...because);
    expect([exitCode, err]).toEqual([1, expect.stringContaining('[plan-refused]')]);
    expect(err).toContain('Action 1, validators.remove: The network would have too few validators');
    expect(err).toMatch(/reason +too-few-validators/);
    expect(err).toContain('Add a validator first, wait until it is active, then remove the other.');
  });

  test('withdraw, execute and ballots that come too late are refused by name', async () => {
    await south('member', 'suspend', 'north', ...because);
    expect((await north('proposal', 'withdraw', '0')).err).toContain('[not-own-member]');
    expect((await north('proposal', 'execute', '0')).err).toContain('[proposal-not-accepted]');
    const withdrawn = await south('proposal', 'withdraw', '0');
    expect([withdrawn.exitCode, withdrawn.out]).toEqual([
      0,
      expect.stringContaining('is withdrawn, by south.admin'),
    ]);
    const late = await north('proposal', 'vote', '0', 'no');
    expect([late.exitCode, late.err]).toEqual([1, expect.stringContaining('[proposal-closed]')]);
    expect(late.err).toContain('Look at its status; make a new proposal if something is still to change.');
  });

  test.each([
    [['create', ...because], 'actions-missing'],
    [['create', '--set', 'window'], 'parameter-form'],
    [['create', '--threshold', 'members.add'], 'threshold-form'],
    [['create', '--set', 'window=7'], 'reason-missing'],
  ])('%j is a wrong usage: %s', async (args, code) => {
    const { exitCode, err } = await south('proposal', ...args);
    expect([exitCode, err]).toEqual([2, expect.stringContaining(`[${code}]`)]);
    expect(gateway.ledger.indexedHeight()).toBe(0);
  });

  test.each([
    ['actions: []', 'config-invalid'],
    ['actions: [{kind: members.dissolve, args: {}}]', 'config-invalid'],
    ['expires: soon\nactions: [{kind: members.suspend, args: {member: north}}]', 'config-invalid'],
    ['actions: [', 'config-not-yaml'],
  ])('a file with %j is refused with the place', async (text, code) => {
    writeFileSync(file('bad.yaml'), text);
    const { exitCode, err } = await south('proposal', 'create', file('bad.yaml'), ...because);
    expect([exitCode, err]).toEqual([4, expect.stringContaining(`[${code}]`)]);
  });
});

describe('members', () => {
  test('one prints its own admission with a proof, another proposes it, both vote', async () => {
    const admission = ['member', 'add', 'west', '--name', 'Member west', '--admin', 'west.admin'];
    const printed = await run(...admission, ...(await newKey(91)), '--print');
    writeFileSync(file('west.yaml'), printed.out);
    expect(parse(printed.out)).toMatchObject({ actions: [{ kind: 'members.add', args: { id: 'west' } }] });
    await south('proposal', 'create', file('west.yaml'), ...because);
    // Who votes sees to whom the new member's key belongs.
    expect((await north('proposal', 'show', '0')).out).toContain(`{"west.admin":"${testKey(91).publicKey}"}`);
    await north('proposal', 'vote', '0', 'yes');
    expect(readIdentity(state(), 'west.admin')).toMatchObject({
      key: testKey(91).publicKey,
      roles: ['admin'],
    });
    const list = await run('member', 'list');
    expect(list.out).toMatch(/west {2}active {2}Member west\n +admins +west\.admin\n/);
    const shown = await run('member', 'show', 'west');
    expect(shown.out).toContain(`west.admin  west  active  admin  ${testKey(91).publicKey}`);
    const nobody = await run('member', 'show', 'east');
    expect([nobody.exitCode, nobody.err]).toEqual([2, expect.stringContaining('[unknown-member]')]);
  });
});

describe('identities', () => {
  test('an admin adds one with its key file, and it is somebody', async () => {
    const done = await south('identity', 'add', 'south.robot', ...(await newKey(92)), '--role', 'submitter');
    expect([done.exitCode, done.out]).toEqual([0, expect.stringMatching(/^south\.robot is registered\./)]);
    expect(readIdentity(state(), 'south.robot')).toMatchObject({
      key: testKey(92).publicKey,
      roles: ['submitter'],
      member: 'south',
    });
    const list = await run('identity', 'list', '--member', 'south');
    expect(list.out).toContain('south.robot  south  active  submitter');
  });

  test('or with the proof that its owner sent', async () => {
    await newKey(93);
    const prove = (owner: string, member = 'south') =>
      runAt(
        gateway.node.nowMs,
        ...['keys', 'prove', file('new-93.age'), '--passphrase-file', passphraseFile],
        ...['--kind', 'identity', '--owner', owner, '--member', member, ...at()],
      );
    writeFileSync(file('proof.json'), (await prove('south.robot')).out);
    writeFileSync(file('other.json'), (await prove('south.else')).out);
    writeFileSync(file('north.json'), (await prove('south.robot', 'north')).out);
    const add = (proof: string) =>
      south('identity', 'add', 'south.robot', '--proof', file(proof), '--role', 'operator');
    const wrong = await add('other.json');
    expect([wrong.exitCode, wrong.err]).toEqual([4, expect.stringContaining('[proof-of-something-else]')]);
    expect((await add('north.json')).err).toMatch(/proof-of-something-else[\s\S]*member +north/);
    writeFileSync(file('text.json'), 'hello');
    expect((await add('text.json')).err).toContain('[not-json]');
    const forged = JSON.parse((await prove('south.robot')).out) as { possession: string };
    writeFileSync(file('forged.json'), JSON.stringify({ ...forged, possession: 'A'.repeat(86) }));
    expect((await add('forged.json')).err).toContain('[possession-invalid]');
    expect((await add('proof.json')).exitCode).toBe(0);
    const none = await south('identity', 'add', 'south.third');
    expect([none.exitCode, none.err]).toEqual([2, expect.stringContaining('[key-missing]')]);
  });

  test('an identity registers its encryption key, from its file or by its public half', async () => {
    const key = await createEncryptionKeyFile(file('reading.age'), example.passphrase, { workFactor: 1 });
    const opened = ['--encryption-passphrase-file', passphraseFile];
    const set = await south('identity', 'encryption-key', file('reading.age'), ...opened);
    expect([set.exitCode, set.out]).toEqual([0, expect.stringContaining(key.publicKey)]);
    expect(readIdentity(state(), 'south.admin')?.encryptionKey).toBe(key.publicKey);
    const other = await createDecryptionKey();
    await north('identity', 'encryption-key', '--public', ageRecipientOf(other.publicKey));
    expect(readIdentity(state(), 'north.leaver')?.encryptionKey).toBe(other.publicKey);
    // Who submits nothing else registers its own, too.
    for (const id of ['south.auditor', 'south.reader']) {
      const public_ = ageRecipientOf((await createDecryptionKey()).publicKey);
      const own = await run('identity', 'encryption-key', '--public', public_, '--identity', id);
      expect([own.exitCode, own.err]).toEqual([0, '']);
      expect(readIdentity(state(), id)?.encryptionKey).toBeDefined();
    }
    for (const [args, exitCode, code] of [
      [[file('reading.age'), ...opened], 2, '[identity-unnamed]'],
      [['--identity', 'south.admin'], 2, '[key-missing]'],
      [['--public', 'age1', '--identity', 'south.admin'], 2, 'age1'],
      [[passphraseFile, ...opened, '--identity', 'south.admin'], 4, '[key-file-damaged]'],
    ] as const) {
      const refused = await run('identity', 'encryption-key', ...args);
      expect([refused.exitCode, refused.err]).toEqual([exitCode, expect.stringContaining(code)]);
    }
  });

  test('keys are replaced, with a history; the old one signs no more', async () => {
    const replace = ['identity', 'replace-key', 'south.operator', ...(await newKey(94))];
    await south(...replace);
    const shown = await run('identity', 'show', testKey(94).publicKey);
    expect(shown.out).toMatch(
      /south\.operator of Member south: active\.\n(.*\n)*.*block 0 to block 1\n.*block 1 to now/,
    );
    const old = await run('asset', 'define', 'gold', '--identity', 'south.operator');
    expect([old.exitCode, old.err]).toEqual([1, expect.stringContaining('[unknown-sender]')]);
    const again = await south(...replace);
    expect(again.err).toContain('[key-in-use]');
  });

  test('roles: two of them by the admin alone, others as a proposal', async () => {
    expect((await south('identity', 'grant', 'south.auditor', '--role', 'operator')).out).toContain(
      'south.auditor is operator.',
    );
    expect((await south('identity', 'revoke-role', 'south.auditor', '--role', 'operator')).exitCode).toBe(0);
    const foreign = await south('identity', 'grant', 'north.submitter', '--role', 'operator');
    expect([foreign.exitCode, foreign.err]).toEqual([1, expect.stringContaining('[not-own-member]')]);
    const reader = ['identity', 'grant', 'south.reader', '--role', 'reader', '--stream', 'orders/*'];
    expect((await south(...reader, ...because)).out).toContain('Proposal 0 is open');
    await north('proposal', 'vote', '0', 'yes');
    expect(readIdentity(state(), 'south.reader')?.streams).toEqual(['orders/*']);
  });

  test('one is revoked; the last admin is not', async () => {
    const last = await south('identity', 'revoke', 'south.admin', ...because);
    expect([last.exitCode, last.err]).toEqual([1, expect.stringContaining('[last-admin]')]);
    expect(last.err).toContain('Let the members make another identity of the member an admin first.');
    expect((await south('identity', 'revoke', 'south.reader', ...because)).exitCode).toBe(0);
    expect(readIdentity(state(), 'south.reader')?.status).toBe('revoked');
  });
});

describe('validators and activations', () => {
  const addition = async (): Promise<string[]> => {
    await newKey(95);
    await newKey(96);
    return [
      ...['validator', 'add', 'echo', '--member', 'north'],
      ...['--address', 'wss://127.0.0.1:7900', '--own-gateway', 'http://127.0.0.1:8900'],
      ...['--consensus-key', file('new-95.age'), '--node-key', file('new-96.age')],
      ...['--new-key-passphrase-file', passphraseFile],
    ];
  };

  test('one is proposed with its keys and vote store, and its activation is shown and withdrawn', async () => {
    mkdirSync(file('echo'));
    const add = [...(await addition()), '--store', file('echo'), '--deadline', '2h'];
    expect((await south(...add, '--dry-run')).out).toContain('4 → 5 validators, f 1 → 1, quorum 3 → 4');
    await south(...add, ...because);
    expect((await north('proposal', 'vote', '0', 'yes')).out).toContain(
      'The epoch changes by activation 0: npx concordat activation show 0',
    );
    const shown = await run('activation', 'show');
    expect(shown.out).toContain('Activation 0 is approved and waits for what is named below.');
    expect(shown.out).toContain('echo joins');
    expect(shown.out).toContain('echo: has not said that it is ready; attested by 0 of 3');
    const foreign = await north('activation', 'withdraw', '0', ...because);
    expect([foreign.exitCode, foreign.err]).toEqual([1, expect.stringContaining('[not-own-member]')]);
    expect((await south('activation', 'withdraw', '0', ...because)).out).toContain(
      'was withdrawn (block 4): for a test.',
    );
    expect((await run('activation', 'list')).out).toBe('0  withdrawn  echo joins  (proposal 0)');
  });

  test('a scheduled one says how many blocks are left', async () => {
    await south('proposal', 'create', '--set', 'window=7', ...because);
    await north('proposal', 'vote', '0', 'yes');
    expect((await run('activation', 'show', '0')).out).toMatch(/is scheduled: height \d+ .* \d+ blocks left/);
    const row = async () => (await run('activation', 'list')).out;
    const at = /^0 {2}scheduled at height (\d+) {2}/.exec(await row())?.[1];
    await south('activation', 'withdraw', '0', ...because);
    expect(await row()).toBe(`0  withdrawn, was for height ${at}  window = 7  (proposal 0)`);
  });

  test('without a vote store nothing is proposed', async () => {
    const { exitCode, err } = await south(...(await addition()), ...because);
    expect([exitCode, err]).toEqual([2, expect.stringContaining('[incarnation-missing]')]);
  });

  test('a lost machine: key and vote store in one proposal', async () => {
    const replace = ['validator', 'replace-consensus-key', 'validator-1', ...(await newKey(97))];
    const plan = await south(...replace, '--store', file('again'), '--dry-run', '--json');
    expect(JSON.parse(plan.out)).toMatchObject({
      ok: true,
      actions: [
        { kind: 'validators.replace-consensus-key', after: { consensusKey: testKey(97).publicKey } },
        { kind: 'validators.register-incarnation' },
      ],
    });
  });

  test('node keys and addresses change in the block that decides', async () => {
    await south(
      'validator',
      'replace-node-key',
      'validator-1',
      ...(await newKey(98)),
      '--overlap',
      '2h',
      ...because,
    );
    await south('validator', 'set-address', 'validator-1', '--address', 'wss://127.0.0.1:7999', ...because);
    await north('proposal', 'vote', '0', 'yes');
    const done = await north('proposal', 'vote', '1', 'yes');
    expect(done.out).toContain('Proposal 1 is executed (block 4).');
    const nowhere = await south('validator', 'set-address', 'validator-1', ...because);
    expect([nowhere.exitCode, nowhere.err]).toEqual([2, expect.stringContaining('[address-missing]')]);
  });
});
