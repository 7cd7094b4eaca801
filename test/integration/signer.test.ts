/**
 * A validator whose consensus key another process holds: it votes; it survives the death of its signer, says so, and
 * goes on; and where its own vote store was rolled back, the signer refuses the second vote by itself.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LocalNetwork } from '../../scripts/lib/local-network.ts';
import { bulkBody, signedAppend } from '../../scripts/lib/signed-load.ts';
import type { CauseJson, CertificateJson, DiagnosisJson } from '../../shared/api.ts';
import { type SignerProcess, signerIn, switchToSigner } from '../support/signer-process.ts';

/** From the build, where the processes that they start lie beside them. */
const built = (path: string): Promise<unknown> => import(new URL(`../../dist/${path}`, import.meta.url).href);
const { LocalNetwork: Networks } = (await built(
  'scripts/lib/local-network.js',
)) as typeof import('../../scripts/lib/local-network.ts');
const { runConcordat } = (await built('scripts/lib/cli.js')) as typeof import('../../scripts/lib/cli.ts');

interface Signed {
  readonly directory: string;
  readonly network: LocalNetwork;
  readonly signer: SignerProcess;
}
const opened: Signed[] = [];
afterAll(async () => {
  for (const { network, signer, directory } of opened) {
    await network.stop();
    await signer.end('SIGTERM');
    rmSync(directory, { recursive: true, force: true });
  }
});

/** The first validator's key is held by a signer, which runs; no validator does. */
async function found(validators: number, port: number): Promise<Signed> {
  const directory = mkdtempSync(join(tmpdir(), 'concordat-signed-'));
  const network = await Networks.found({ directory, validators, port }, () => undefined);
  const place = join(directory, 'signer');
  const { exitCode, stderr } = await runConcordat([
    ...['signer', 'create', place, '--validator', 'v1', '--data', directory],
    ...['--key', join(directory, 'keys', 'v1.consensus.age')],
    ...['--passphrase-file', join(directory, 'example-passphrase')],
  ]);
  expect([exitCode, stderr]).toEqual([0, '']);
  const signer = signerIn(place);
  switchToSigner(network.completed.nodes[0]!.nodeFile, signer);
  const signed = { directory, network, signer };
  opened.push(signed);
  await signer.start();
  return signed;
}

/** Resolves with the HTTP status once a record that was sent through the first gateway is certified. */
async function append({ network }: Signed, run: string, by = 0): Promise<number> {
  const { genesis } = network.completed;
  const shape = { network: genesis.network, expiresAt: Date.now() + 300_000, streams: 1, dataBytes: 50, run };
  const response = await network.session.fetch(`${network.gateways[by]}/api/v1/transactions?wait=certified`, {
    method: 'POST',
    headers: { 'content-type': 'application/cbor' },
    body: bulkBody([signedAppend(await network.signer(), shape, 0)]) as Uint8Array<ArrayBuffer>,
  });
  return response.status;
}
const answerOf = async <Body>({ network }: Signed, path: string): Promise<Body> =>
  (await (await network.session.fetch(`${network.gateways[0]}/api/v1${path}`)).json()) as Body;
const causes = async (signed: Signed): Promise<readonly CauseJson[]> =>
  (await answerOf<DiagnosisJson>(signed, '/diagnosis')).causes;

const logOfThisLife = (network: LocalNetwork): string => {
  const log = network.logOf(0);
  return log.slice(log.lastIndexOf('"node-starting"'));
};

describe('of four validators, of which one is down, the one with a signer is needed for a quorum', () => {
  let signed: Signed;
  beforeAll(async () => {
    signed = await found(4, 25_100);
    for (const index of [0, 1, 2]) signed.network.start(index);
    await signed.network.ready();
  });

  it('it votes, and its votes are in the signer', async () => {
    expect(await append(signed, 'votes')).toBe(200);
    const { certificate } = await answerOf<{ certificate: CertificateJson }>(signed, '/blocks/1');
    expect(certificate.seals.map(({ validator }) => validator)).toContain('v1');
    expect(await signed.signer.status()).toMatchObject({ validator: 'v1', epoch: 0, refused: 0 });
    expect((await signed.signer.status())?.highest).toBeGreaterThanOrEqual(1);
  });

  it('its signer killed, it does not vote and says so; started again, it goes on by itself', async () => {
    await signed.signer.end('SIGKILL');
    let status: number | undefined;
    const waiting = append(signed, 'absence', 1).then((answer) => {
      status = answer;
      return answer;
    });
    await expect
      .poll(() => causes(signed), { timeout: 90_000, interval: 100 })
      .toContainEqual(
        expect.objectContaining({ code: 'signer-unreachable', severity: 'stall', act: ['v1'] }),
      );
    const { stdout } = await runConcordat([
      ...['doctor', '--alone', '--json'],
      ...['--gateway', signed.network.gateways[0]!, '--data', signed.directory],
    ]);
    // One of the two suffices: the fourth that is down, or this one without its signer.
    expect(JSON.parse(stdout)).toMatchObject({ commits: false, act: ['v1', 'v4'] });
    expect([status, signed.network.isRunning(0)]).toEqual([undefined, true]);

    await signed.signer.start();
    expect(await waiting).toBe(200);
    await expect
      .poll(async () => (await causes(signed)).map(({ code }) => code), { timeout: 90_000 })
      .not.toContain('signer-unreachable');
    for (const code of ['signer-unreachable', 'signer-back'])
      expect(signed.network.logOf(0)).toContain(`"${code}"`);
  });

  it('started before its signer, it waits for it', async () => {
    await signed.network.end(0);
    await signed.signer.end('SIGTERM');
    signed.network.start(0);
    await expect
      .poll(() => logOfThisLife(signed.network), { timeout: 90_000 })
      .toMatch(/(?=.*"node-started").*"signer-unreachable"/s);
    await signed.signer.start();
    expect(await append(signed, 'late', 1)).toBe(200);
    expect((await signed.signer.status())?.refused).toBe(0);
  });

  it('its signer makes another key at a word to the node, and erases the old one behind the hand-over', async () => {
    const polled = { timeout: 90_000, interval: 200 };
    const [old] = (await signed.signer.status())!.keys;
    const { exitCode, stdout, stderr } = await runConcordat([
      ...['keys', 'rotate', '--json', '--gateway', signed.network.gateways[0]!],
      ...['--data', signed.directory, '--identity', 'watcher'],
    ]);
    expect([exitCode, stderr]).toEqual([0, '']);
    const { key } = JSON.parse(stdout) as { readonly key: string };
    expect((await signed.signer.status())?.keys).toEqual([old, key]);
    await expect.poll(() => signed.signer.status(), polled).toMatchObject({ epoch: 1, keys: [old, key] });
    expect(await append(signed, 'behind')).toBe(200);
    await expect.poll(() => signed.signer.status(), polled).toMatchObject({ keys: [key], refused: 0 });
    await signed.signer.end('SIGTERM');
    await signed.signer.start();
    expect(await append(signed, 'by the new one')).toBe(200);
    expect(await signed.signer.status()).toMatchObject({ epoch: 1, keys: [key], refused: 0 });
  }, 240_000);
});

describe('a validator alone, whose ledger and vote store are put back as they were', () => {
  it('is refused a second vote by its signer, and ends by name', async () => {
    const signed = await found(1, 25_300);
    const { network, signer } = signed;
    const own = network.dataOf(0);
    const before = join(signed.directory, 'before');
    cpSync(own, before, { recursive: true });
    network.start(0);
    await network.ready();
    expect(await append(signed, 'first')).toBe(200);
    const first = await signer.status();
    await network.end(0);

    rmSync(own, { recursive: true });
    cpSync(before, own, { recursive: true });
    network.start(0);
    await network.ready();
    // The node ends while it is asked: whatever becomes of the answer, no certificate is in it.
    const answer = append(signed, 'second').catch(() => undefined);
    expect(await network.endOf(0)).toBe('exit code 76');
    expect(await answer).not.toBe(200);
    const line = network
      .logOf(0)
      .split('\n')
      .find((one) => one.includes('"signer-refused"'));
    expect(JSON.parse(line!)).toMatchObject({ refusal: 'double-vote', slot: 'epoch 0 view 0 sequence 1' });
    expect(await signer.status()).toMatchObject({ highest: first!.highest, refused: 1 });

    // What the node accepted it proposes again at its next start; nor has the signer forgotten.
    await signer.end('SIGKILL');
    await signer.start();
    network.start(0);
    expect(await network.endOf(0)).toBe('exit code 76');
    expect(await signer.status()).toMatchObject({ highest: first!.highest, refused: 1 });
  });
});
