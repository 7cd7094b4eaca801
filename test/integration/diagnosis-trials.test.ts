/** Causes that a healthy machine does not have, provoked in real processes: disk, certificate, views, a split. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { badDiskVariable } from '../../scripts/trials/bad-disk.ts';
import { type DiagnosedNetwork, foundDiagnosed, trialProgram } from '../support/diagnosed-network.ts';
import { serverCertificate } from '../support/server-certificate.ts';

let trial: DiagnosedNetwork;
const [first, second, third, last] = [0, 1, 2, 3] as const;
const dayMs = 86_400_000;

beforeAll(async () => {
  trial = await foundDiagnosed(7540);
  for (const index of [first, second, third]) trial.network.start(index);
  const slow = { [badDiskVariable]: JSON.stringify({ commitMs: 80 }) };
  trial.network.start(last, slow, trialProgram('bad-disk'));
  await trial.network.ready();
});
afterAll(() => trial.close());

it('a slow disk: whose it is, and by how much; they commit', async () => {
  const { network } = trial;
  let count = 0;
  // The others do not wait for it: what they certified meanwhile it takes over with few commits of its own.
  await expect
    .poll(
      async () => {
        expect(await trial.append(first, `slow-${count++}`)).toBe(200);
        return (await trial.diagnosisBy(last)).causes;
      },
      { timeout: 90_000, interval: 100 },
    )
    .toContainEqual(expect.objectContaining({ code: 'disk-slow', ...trial.about(last) }));
  const { commits, act, causes, sentence } = await trial.doctor([second]);
  expect([commits, act]).toEqual([true, [network.idOf(last)]]);
  expect(causes[0]).toMatchObject({ code: 'disk-slow', severity: 'impair' });
  expect(sentence).toContain(`The disk of ${network.idOf(last)} is slow`);
  expect((causes[0]!.facts as { medianMs: number }).medianMs).toBeGreaterThanOrEqual(80);
});

it('the certificate of a gateway that ends soon: whose, and when; they commit', async () => {
  const { network } = trial;
  await trial.stopOne(last);
  const { keyPem, certificatePem } = await serverCertificate(new Date(Date.now() + 5.5 * dayMs));
  const plain = useTls(last, keyPem, certificatePem);
  network.start(last);
  // Its own gateway is the only one that knows; the others go by `http:`.
  const gateway = network.gateways[last]!.replace('http:', 'https:');
  const askIt = () => trial.doctor([], '--gateway', gateway, '--alone');
  await expect
    .poll(async () => (await askIt()).causes, { timeout: 90_000, interval: 500 })
    .toContainEqual(expect.objectContaining({ code: 'certificate-expiring' }));
  const { commits, act, causes } = await askIt();
  expect([commits, act]).toEqual([true, [network.idOf(last)]]);
  expect(causes[0]).toMatchObject({
    code: 'certificate-expiring',
    severity: 'impair',
    facts: { validator: network.idOf(last), name: 'gateway certificate', daysLeft: 5 },
  });
  expect(await trial.append(first, 'expiring')).toBe(200);
  await trial.stopOne(last);
  plain();
});

it('a link that loses view changes one way: the views that diverge, of whom', async () => {
  const { network } = trial;
  network.start(last, {}, trialProgram('deaf'));
  await network.ready();
  const { primary, view } = await trial.diagnosisBy(second);
  expect([primary, view]).toEqual([network.idOf(first), 0]);
  await network.kill(first);
  const views = [
    { validator: network.idOf(second), view: 1 },
    { validator: network.idOf(third), view: 1 },
    { validator: network.idOf(last), view: 0 },
  ];
  await trial.named(second, 'views-diverging', {
    facts: { views: expect.arrayContaining(views.map((one) => expect.objectContaining(one))) },
  });
  const { exitCode, causes, sentence } = await trial.doctor([second]);
  expect(exitCode).toBe(1);
  expect(causes[0]).toMatchObject({ code: 'views-diverging' });
  expect(sentence).toContain('No view has a quorum');
  network.start(first);
});

it('two of four states damaged: split-execution, at which height and key, by the last words of all', async () => {
  const { network } = trial;
  const { height } = await trial.diagnosisBy(second);
  for (const index of [third, last]) {
    await trial.stopOne(index);
    trial.damageState(index, 'split');
  }
  for (const index of [third, last]) network.start(index);
  await network.ready();
  // Nobody certifies it: the answer stays away, and the gateway goes with its node.
  const lost = trial.append(first, 'split').then(
    (status) => status,
    () => 'closed',
  );
  const all = [first, second, third, last];
  await expect.poll(() => all.some((index) => network.isRunning(index)), { timeout: 90_000 }).toBe(false);
  expect(await lost).not.toBe(200);
  const { exitCode, commits, act, causes, sentence } = await trial.doctor([second]);
  expect([exitCode, commits]).toEqual([3, false]);
  expect([...act].sort()).toEqual(all.map((index) => network.idOf(index)));
  expect(causes[0]).toMatchObject({
    code: 'split-execution',
    severity: 'stall',
    facts: { height: height + 1 },
  });
  expect(causes[0]?.facts).toMatchObject({ keys: expect.arrayContaining(['streams/load/0']) });
  expect(sentence).toContain('No quorum of validators derived the same block');
});

/** The gateway of this validator speaks TLS from its next start on. @returns what undoes it */
function useTls(index: number, keyPem: string, certificatePem: string): () => void {
  const directory = trial.network.dataOf(index);
  const nodeFile = join(directory, 'node.yaml');
  const before = readFileSync(nodeFile, 'utf8');
  const config = parse(before) as { readonly gateway: object };
  const [key, certificate] = ['gateway-key.pem', 'gateway.pem'].map((name) => join(directory, name)) as [
    string,
    string,
  ];
  writeFileSync(key, keyPem, { mode: 0o600 });
  writeFileSync(certificate, certificatePem);
  writeFileSync(
    nodeFile,
    stringify({ ...config, gateway: { ...config.gateway, tls: { key, certificate } } }),
  );
  // The doctor trusts it.
  process.env.NODE_EXTRA_CA_CERTS = certificate;
  return () => {
    delete process.env.NODE_EXTRA_CA_CERTS;
    writeFileSync(nodeFile, before);
  };
}
