import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { bundleOf } from './support-bundle.ts';

const now = new Date('2026-03-01T10:20:30Z');
const part = (name: string, text: string) => ({ name, ask: async () => text });
const failing = {
  name: 'disk.json',
  ask: async () => {
    throw new Error('the node does not answer');
  },
};

test('is an archive that tar unpacks; what failed is in it with its reason', async () => {
  const bundle = await bundleOf('alpha', [part('status.json', '{"height":7}\n'), failing], now);
  expect(bundle.name).toBe('support-alpha-20260301T102030Z.tar.gz');
  expect(bundle.files).toEqual(['status.json', 'disk.failed.json']);
  const unpack = (name: string) =>
    execFileSync('tar', ['-xzO', `concordat-support/${name}`], { input: bundle.bytes, encoding: 'utf8' });
  expect(unpack('status.json')).toBe('{"height":7}\n');
  expect(JSON.parse(unpack('disk.failed.json'))).toEqual({ reason: 'the node does not answer' });
});

test.each(['-----BEGIN PRIVATE KEY-----', 'AGE-SECRET-KEY-1QQ', '-----BEGIN AGE ENCRYPTED FILE-----'])(
  'is not written if an answer holds %s',
  async (secret) => {
    const parts = [part('status.json', '{}'), part('metrics.txt', `x ${secret} y`)];
    await expect(bundleOf('alpha', parts, now)).rejects.toThrow('metrics.txt holds what must stay secret');
  },
);
