/** Who holds the consensus key: a file, or a signer. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { nodeYamlText, readNodeConfig, type WrittenNodeConfig } from './node-yaml.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'concordat-node-yaml-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const read = (change: Partial<WrittenNodeConfig>): ReturnType<typeof readNodeConfig> => {
  const file = join(folder, 'node.yaml');
  const config = {
    validator: 'alpha',
    genesis: 'genesis',
    storage: '.',
    keys: { consensus: 'c.age', node: 'n.age', passphrase_file: 'p' },
    links: { listen: '127.0.0.1:7101' },
    gateway: { listen: '127.0.0.1:8101' },
    ...change,
  };
  writeFileSync(file, nodeYamlText(config));
  return readNodeConfig(file);
};
const signer = { socket: 'run/signer.sock' };

it('a file, or the socket of a signer; a passphrase file or none', () => {
  expect(read({})).toMatchObject({
    consensusKeyFile: join(folder, 'c.age'),
    passphraseFile: join(folder, 'p'),
  });
  const remote = read({ signer, keys: { node: 'n.age' } });
  expect(remote).toMatchObject({
    signerSocket: join(folder, 'run/signer.sock'),
    nodeKeyFile: join(folder, 'n.age'),
  });
  expect(remote).not.toHaveProperty('consensusKeyFile');
  expect(remote).not.toHaveProperty('passphraseFile');
});

it.each<[string, Partial<WrittenNodeConfig>]>([
  ['both', { signer }],
  ['neither', { keys: { node: 'n.age' } }],
])('not %s', (_, change) => {
  expect(() => read(change)).toThrow(
    expect.objectContaining({
      code: 'config-invalid',
      facts: expect.objectContaining({ problems: [expect.objectContaining({ path: 'keys.consensus' })] }),
    }),
  );
});
