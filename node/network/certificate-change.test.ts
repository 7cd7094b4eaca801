/** This node takes up another node key while it runs: links are dialled anew one by one, and no frame is lost. */
import { generateKeyPairSync } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import {
  eventually,
  findLine,
  type Identity,
  identities,
  identity,
  idOf,
  startNode,
  stopNodes,
  type TestNode,
  text,
  textsOf,
} from './test-support/nodes.ts';

afterEach(stopNodes);

const names = ['a', 'b', 'c', 'd'] as const;

/** Four linked nodes, and a second key of b that all books have from the start if `admitted`. */
async function fourWithFreshKey(admitted: boolean) {
  const all = await identities(...names);
  const fresh = await identity('b');
  const both = all.map(({ entry }) =>
    entry.id === 'b' ? { ...entry, nodeKeys: [...entry.nodeKeys, ...fresh.entry.nodeKeys] } : entry,
  );
  const old = all.map(({ entry }) => entry);
  const nodes = await Promise.all(all.map((one) => startNode(one, admitted ? both : old)));
  await eventually(() => expect(nodes.map((node) => node.links.open().length)).toEqual([3, 3, 3, 3]));
  // Who still settles which of two connections stays must not be taken for a renewal.
  await new Promise((resolve) => setTimeout(resolve, 200));
  const changed = nodes[1]!;
  const others = nodes.filter((node) => node !== changed);
  const onlyFresh = both.map((entry) =>
    entry.id === 'b' ? { ...entry, nodeKeys: fresh.entry.nodeKeys } : entry,
  );
  const newKey = fresh.entry.nodeKeys[0];
  return { all, fresh, newKey, both, onlyFresh, nodes, changed, others };
}

/** Everybody sends to everybody, in each turn of the event loop. */
function startTraffic(nodes: readonly TestNode[]) {
  let round = 0;
  let timer: NodeJS.Immediate = setImmediate(next);
  function next(): void {
    for (const [from, node] of nodes.entries())
      for (const to of names)
        if (to !== names[from]) node.links.send(idOf(to), text(`${names[from]} ${round}`));
    round++;
    timer = setImmediate(next);
  }
  return {
    rounds: () => round,
    /** Resolves when each node has received every frame of all others. */
    async allArrive(): Promise<void> {
      clearImmediate(timer);
      for (const [to, node] of nodes.entries()) {
        const expected = names.filter((_, from) => from !== to).flatMap((from) => roundsOf(from, round));
        await eventually(() => expect(missingOf(expected, node)).toEqual([]));
      }
    },
  };
}
const roundsOf = (from: string, count: number) => Array.from({ length: count }, (_, one) => `${from} ${one}`);
function missingOf(expected: readonly string[], node: TestNode): string[] {
  const got = new Set(textsOf(node));
  return expected.filter((one) => !got.has(one)).slice(0, 3);
}

describe('a certificate that peers admit beside the one before', () => {
  it('is taken up without losing a frame, and without any link being seen to close', async () => {
    const { fresh, newKey, onlyFresh, nodes, changed, others } = await fourWithFreshKey(true);
    const traffic = startTraffic(nodes);
    await eventually(() => expect(traffic.rounds()).toBeGreaterThan(10));
    changed.links.useCertificate(fresh.certificate);
    // The changed node has dialled all of them anew, whoever had dialled before.
    for (const node of others)
      await eventually(() => expect(reportOf(node, 'b')).toMatchObject({ dialer: 'b', nodeKey: newKey }));
    const until = traffic.rounds() + 20;
    await eventually(() => expect(traffic.rounds()).toBeGreaterThan(until));
    // And what they are linked by now is the new key: the old one may go.
    for (const node of others) node.setBook(onlyFresh);
    const later = traffic.rounds() + 20;
    await eventually(() => expect(traffic.rounds()).toBeGreaterThan(later));
    await traffic.allArrive();
    for (const node of nodes) expect(node.story.filter((line) => line.startsWith('closed'))).toEqual([]);
  });

  it('is what callers are shown from then on', async () => {
    const { all, fresh, onlyFresh, nodes, changed } = await fourWithFreshKey(true);
    changed.links.useCertificate(fresh.certificate);
    await nodes[0]!.links.stop();
    // b does not dial it any more: the only link is the one that a dials.
    changed.setBook(onlyFresh.map((entry) => (entry.id === 'a' ? withoutAddress(entry) : entry)));
    await eventually(() => expect(changed.links.open()).not.toContain('a'));
    const again = await startNode(all[0]!, onlyFresh);
    await eventually(() => expect(again.links.open()).toContain('b'));
    expect(reportOf(again, 'b')?.dialer).toBe('a');
  });
});

describe('a certificate that nobody admits yet', () => {
  it('leaves the links as they are, is refused by name, and taken as soon as the book has it', async () => {
    const { fresh, newKey, both, onlyFresh, changed, others, nodes } = await fourWithFreshKey(false);
    changed.links.useCertificate(fresh.certificate);
    for (const node of others)
      await eventually(() => expect(findLine(node, 'link-refused-unknown-key', 'us')).toBeDefined());
    await eventually(() => expect(findLine(changed, 'link-refused-unknown-key', 'peer')).toBeDefined());
    for (const node of nodes) expect(node.links.open()).toHaveLength(3);
    for (const node of others) node.setBook(both);
    for (const node of others) await eventually(() => expect(reportOf(node, 'b')?.nodeKey).toBe(newKey));
    for (const node of others) node.setBook(onlyFresh);
    for (const node of nodes) {
      expect(node.links.open()).toHaveLength(3);
      expect(node.story.filter((line) => line.startsWith('closed'))).toEqual([]);
    }
  });

  it('of another kind of key is refused, and the one before stays', async () => {
    const [a, b] = (await identities('a', 'b')) as [Identity, Identity];
    const first = await startNode(a, [a.entry, b.entry]);
    const { privateKey } = generateKeyPairSync('ed25519');
    const keyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    expect(() => first.links.useCertificate({ keyPem, certificatePem: ecCertificate })).toThrow(TypeError);
    const second = await startNode(b, [a.entry, b.entry]);
    await eventually(() => expect([first.links.open(), second.links.open()]).toEqual([['b'], ['a']]));
  });
});

const reportOf = (node: TestNode, peer: string) => node.links.peers().find(({ id }) => id === peer);
const withoutAddress = <T extends { readonly address?: string }>({ address: _, ...rest }: T) => rest;

/** Self-signed, P-256: made once, since nothing here makes other certificates than Ed25519 ones. */
const ecCertificate = `-----BEGIN CERTIFICATE-----
MIIBcDCCARegAwIBAgIUVR1EXK3eBDP8JeR6Jug0clLp8fEwCgYIKoZIzj0EAwIw
DTELMAkGA1UEAwwCZWMwIBcNMjYxMTI5MjA0ODAwWhgPMjEyNjExMDUyMDQ4MDBa
MA0xCzAJBgNVBAMMAmVjMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEfRLsa2fB
ywf9DyiK8708Fb3R0KMFBNVybE8fsauxuzXbL5lypnqjRf4xu6dmBg395M3CP4ec
A9ZKrcNgzbMYOqNTMFEwHQYDVR0OBBYEFAsiZXJDioe7cqKNAWo5lY7P3MHGMB8G
A1UdIwQYMBaAFAsiZXJDioe7cqKNAWo5lY7P3MHGMA8GA1UdEwEB/wQFMAMBAf8w
CgYIKoZIzj0EAwIDRwAwRAIgK4aXneG1pv6atxxNECPCJOa8riVgST20I8xFOBPt
e80CIFhT5edwOLlo1U3jBw0xi6bqVXXq31L1k4tSkKnrpse1
-----END CERTIFICATE-----`;
