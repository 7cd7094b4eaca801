/** Who holds the consensus key: a file, a signer, or nobody at an observer. What proxies and bootstrap addresses may be. */
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

const keys = { node: 'n.age' };
const observer = { validator: undefined, observer: 'mirror', keys };
it('an observer has neither, and knows where to ask when its genesis is old', () => {
  const config = read({
    ...observer,
    links: { listen: '127.0.0.1:7101', bootstrap: ['wss://10.0.0.5:7101'] },
    gateway: { listen: '127.0.0.1:8101', trusted_proxies: ['10.0.0.9', '10.1.0.0/16', 'fd00::/8'] },
  });
  expect(config).toMatchObject({
    validator: 'mirror',
    observes: true,
    bootstrap: ['wss://10.0.0.5:7101'],
    trustedProxies: ['10.0.0.9', '10.1.0.0/16', 'fd00::/8'],
  });
  expect(config).not.toHaveProperty('consensusKeyFile');
  expect(read({})).toMatchObject({ observes: false, bootstrap: [], trustedProxies: [] });
});

const gateway = (proxy: string) => ({ listen: '127.0.0.1:8101', trusted_proxies: [proxy] });
it.each<[string, string, Partial<WrittenNodeConfig>]>([
  ['both', 'keys.consensus', { signer }],
  ['neither', 'keys.consensus', { keys }],
  ['an observer with a key that votes', 'keys.consensus', { ...observer, keys: { ...keys, consensus: 'c' } }],
  ['an observer with a signer', 'signer', { ...observer, signer }],
  ['validator and observer in one', 'validator', { observer: 'mirror' }],
  ['a node without a name', 'validator', { validator: undefined }],
  ['a proxy by its name', 'gateway.trusted_proxies[0]', { gateway: gateway('proxy.example') }],
  ['a network of too many bits', 'gateway.trusted_proxies[0]', { gateway: gateway('10.0.0.0/33') }],
  [
    'a bootstrap address that is no link',
    'links.bootstrap[0]',
    { links: { listen: '127.0.0.1:7101', bootstrap: ['https://10.0.0.5:7101'] } },
  ],
])('not %s', (_, path, change) => {
  expect(() => read(change)).toThrow(
    expect.objectContaining({
      code: 'config-invalid',
      facts: expect.objectContaining({ problems: [expect.objectContaining({ path })] }),
    }),
  );
});
