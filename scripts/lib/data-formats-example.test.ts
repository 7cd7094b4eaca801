import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fromHex } from '../../shared/codec/hex.ts';
import { verifyNobleAsync } from '../../shared/crypto/ed25519.ts';
import { verifyProofPack } from '../../shared/protocol/verify-pack.ts';
import type { NetworkId } from '../../shared/types/brands.ts';
import { withExample } from './data-formats-example.ts';

const document = readFileSync(new URL('../../docs/data-formats.md', import.meta.url), 'utf8');

test('the worked example in docs/data-formats.md is what the code yields', () => {
  expect(withExample(document)).toBe(document);
});

test('the printed pack verifies against the printed network id', async () => {
  const printed = (heading: string): string =>
    document.split(`${heading}:\n\n\`\`\`\n`)[1]!.split('\n```')[0]!.replaceAll('\n', '');
  const pack = fromHex(printed('the whole proof pack, which verifies against the network id above'));
  const result = await verifyProofPack(pack, printed('network id') as NetworkId, verifyNobleAsync);
  expect(result.checks.map(({ id, ok }) => [id, ok])).toEqual([
    ['decode', true],
    ['leaf', true],
    ['path', true],
    ['header', true],
    ['quorum', true],
    ['history', true],
  ]);
});

test('a document without markers is refused', () => {
  expect(() => withExample('# no example')).toThrow('markers');
});
