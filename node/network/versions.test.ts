/** Two nodes of neighbouring versions talk; two that have no version in common name it, on both sides. */
import { afterEach, describe, expect, it } from 'vitest';
import { encode } from '../../shared/codec/dag-cbor.ts';
import { fromHex } from '../../shared/codec/hex.ts';
import type { CborValue } from '../../shared/types/ledger.ts';
import { encodeFrame, frameKind } from './frames.ts';
import { decodeHello, encodeHello } from './hello.ts';
import {
  eventually,
  findLine,
  type Identity,
  identities,
  idOf,
  startNode,
  stopNodes,
  type TestNode,
  text,
  textsOf,
} from './test-support/nodes.ts';
import { call, closeOf, good, network, startVictim, stopAll } from './test-support/victim.ts';
import { commonVersion, linkVersions, type VersionRange } from './versions.ts';

afterEach(stopNodes);
afterEach(stopAll);

const { highest } = linkVersions;
const range = (lowest: number, top: number): VersionRange => ({ lowest, highest: top });

describe('the common version', () => {
  it.each([
    [range(2, 2), range(2, 2), 2],
    [range(1, 2), range(2, 3), 2],
    [range(1, 3), range(2, 5), 3],
    [range(1, 9), range(4, 4), 4],
    [range(1, 1), range(2, 2), undefined],
    [range(1, 2), range(4, 5), undefined],
  ])('of %o and %o is %s, whoever asks', (one, other, common) => {
    expect([commonVersion(one, other), commonVersion(other, one)]).toEqual([common, common]);
  });
});

/** Only the second one dials. */
async function pairOf(one: VersionRange, other: VersionRange): Promise<[TestNode, TestNode]> {
  const [a, b] = (await identities('a', 'b')) as [Identity, Identity];
  const { address: _, ...caller } = b.entry;
  return [
    await startNode(a, [a.entry, caller], { versions: one }),
    await startNode(b, [a.entry, b.entry], { versions: other }),
  ];
}

describe('two nodes', () => {
  it.each([
    ['the next', range(highest, highest + 1)],
    ['this one and an earlier', range(highest - 1, highest)],
  ])('of this version and of %s have a link', async (_what, other) => {
    const [first, second] = await pairOf(linkVersions, other);
    await eventually(() => expect([first.links.open(), second.links.open()]).toEqual([['b'], ['a']]));
    await eventually(() => {
      first.links.send(idOf('b'), text('hello'));
      expect(textsOf(second)).toContain('hello');
    });
  });

  it.each([
    ['listener', linkVersions, range(highest + 1, highest + 2)],
    ['dialler', range(highest + 1, highest + 2), linkVersions],
  ])('without a common version name it on both sides, where the %s is of this one', async (_, one, other) => {
    const [listener, dialler] = await pairOf(one, other);
    const code = 'link-refused-protocol-version';
    await eventually(() => {
      const facts = findLine(listener, code)?.facts;
      expect(facts).toMatchObject({ by: 'us', peer: 'b', ours: textOf(one), theirs: textOf(other) });
    });
    await eventually(() =>
      expect(findLine(dialler, code)?.facts).toMatchObject({ by: 'peer', peer: 'a', ours: textOf(other) }),
    );
    for (const node of [listener, dialler]) expect([node.story, node.links.open()]).toEqual([[], []]);
  });
});

const textOf = ({ lowest, highest: top }: VersionRange) => (lowest === top ? `${top}` : `${lowest}-${top}`);

describe('the hello of', () => {
  const fields = {
    network: fromHex(network),
    validator: 'b',
    session: new Uint8Array(16),
    software: 'raw',
  };
  const frameOf = (value: CborValue) => encodeFrame(frameKind.hello, encode(value));

  it.each([
    ['version 1, which knew no range', { version: 1 }, 'link-refused-protocol-version'],
    [
      'a later version that says more',
      { version: 9, lowest: 8, more: 'words' },
      'link-refused-protocol-version',
    ],
    ['this version without a range', { version: highest }, 'link-refused-bad-hello'],
    ['this version that says more', { version: highest, lowest: highest, more: 1 }, 'link-refused-bad-hello'],
    ['a range upside down', { version: highest, lowest: highest + 1 }, 'link-refused-bad-hello'],
    ['a range from nothing', { version: highest, lowest: 0 }, 'link-refused-bad-hello'],
    ['a version that is no number', { version: '2', lowest: 2 }, 'link-refused-bad-hello'],
    ['version 1 with a range', { version: 1, lowest: 1 }, 'link-refused-bad-hello'],
  ])('%s is refused by that name', async (_what, versions, code) => {
    const victim = await startVictim();
    const ws = await call(victim);
    ws.send(frameOf({ ...fields, ...versions }));
    expect(await closeOf(ws)).toBe(code);
    expect(victim.codes).toContain(code);
  });

  it('a neighbour that says more is understood', async () => {
    const victim = await startVictim();
    const ws = await call(victim);
    ws.send(frameOf({ ...fields, version: highest + 1, lowest: highest, more: 'words' }));
    await expect.poll(() => victim.links.open()).toEqual(['b']);
  });

  it('any range is read as it was written', () => {
    const hello = { ...good, versions: range(2, 7) };
    expect(decodeHello(encodeHello(hello))).toEqual(hello);
  });
});
