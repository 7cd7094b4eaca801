/** What the signer refuses by itself, whatever the node says, also after it was started anew. */
import { chmodSync, renameSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encode } from '../../shared/codec/dag-cbor.ts';
import { fromHex } from '../../shared/codec/hex.ts';
import { type KeyClaim, possessionSigningBytes } from '../../shared/codec/key-possession.ts';
import {
  encodeEpochLink,
  encodeTransactionBody,
  transactionSigningBytes,
} from '../../shared/codec/ledger.ts';
import { heartbeatSigningBytes } from '../../shared/codec/messages.ts';
import { presenceSigningBytes } from '../../shared/codec/presence.ts';
import { encodeRecovery, encodeRecoveryContent } from '../../shared/codec/recovery.ts';
import type { CborMap } from '../../shared/codec/structure.ts';
import { signingBytes } from '../../shared/crypto/digest.ts';
import {
  type Digest,
  epochOf,
  type Incarnation,
  type NetworkId,
  type Nonce,
  type PublicKey,
  type Signature,
  type ValidatorId,
} from '../../shared/types/brands.ts';
import type { SlotContent } from '../../shared/types/messages.ts';
import { readKeyFile } from '../crypto/key-files.ts';
import { verifyWithSodium } from '../crypto/sodium.ts';
import type { Signer } from './signer.ts';
import {
  type Bench,
  bytesOf,
  createBench,
  digest,
  genesisOfExample,
  keyOf,
  links,
  linkTo,
  network,
  passphrase,
  rotatedSet,
  seal,
  vote,
} from './test-support.ts';
import { heightsKept, viewsKept } from './vote-memory.ts';

function recoveryOfJunk(): Uint8Array {
  const { header, validators } = genesisOfExample;
  const signature = new Uint8Array(64) as Signature;
  const content = {
    version: 1 as const,
    network,
    epoch: epochOf(1),
    base: { header: Uint8Array.of(1, 2, 3) },
    headers: [],
    validators: validators.map(({ id: name, member, consensusKey }) => ({
      id: name,
      member,
      consensusKey,
      nodeKey: consensusKey,
      address: 'wss://127.0.0.1:1',
      gateway: 'https://127.0.0.1:2',
      incarnation: '00'.repeat(16) as Incarnation,
      possession: { consensus: signature, node: signature },
    })),
    reason: 'a fire',
    survivors: [],
    fenced: [],
  };
  const contentBytes = encodeRecoveryContent(content);
  const recovery = encodeRecovery({ content, contentBytes, records: [], signatures: [] });
  return encodeEpochLink({ header, recovery, nextValidators: validators });
}

/** Of all three epochs of the example. */
const id = 'validator-4';
const key = keyOf(id);
let bench: Bench;
let signer: Signer;
beforeEach(async () => {
  bench = createBench(id);
  signer = await bench.open();
});
afterEach(() => bench.cleanUp());

const restart = async (): Promise<void> => {
  signer = await bench.open();
};
const ask = (...slots: SlotContent[]): readonly Uint8Array[] =>
  signer.sign(slots.map((slot) => ({ key, bytes: bytesOf(slot) })));
const refusalOf = (work: () => unknown): object => {
  try {
    work();
  } catch (error) {
    const { code, facts } = error as { code: string; facts: object };
    return { code, ...facts };
  }
  return { code: 'signed' };
};
const refused = (...slots: SlotContent[]): object => refusalOf(() => ask(...slots));

describe('a slot', () => {
  const first: readonly SlotContent[] = [
    vote('pre-prepare', 0, 1),
    vote('prepare', 0, 1),
    vote('commit', 0, 1),
    seal(1),
    vote('view-change', 1, 0),
    vote('new-view', 1, 0),
  ];

  it.each(first)('is filled once, and the same is signed again: $kind', async (slot) => {
    const [signature] = ask(slot);
    expect(verifyWithSodium(Buffer.from(key, 'hex'), bytesOf(slot), signature!)).toBe(true);
    const other = {
      ...slot,
      ...(slot.kind === 'seal' ? { block: digest('99') } : { content: digest('99') }),
    };
    for (const again of ['at once', 'after a restart']) {
      expect(refused(other as SlotContent), again).toMatchObject({ code: 'double-vote', kind: slot.kind });
      expect(ask(slot), again).toEqual([signature]);
      await restart();
    }
  });

  it('of a seal is the height alone, whatever the epoch (rule D2)', async () => {
    ask(seal(1));
    await signer.advance(links[0]!);
    expect(refused(seal(1, '22', 1))).toMatchObject({ code: 'height-outside-epoch' });
    ask(seal(2, '22', 1));
    expect(refused(seal(2, '33', 1))).toMatchObject({ code: 'double-vote' });
  });

  it('is not filled if another one of the same request is refused', async () => {
    expect(refused(vote('commit', 0, 5), vote('prepare', 0, 6), vote('prepare', 0, 6, '12'))).toMatchObject({
      code: 'double-vote',
    });
    await restart();
    expect(signer.status()).toMatchObject({ highest: 0 });
    ask(vote('commit', 0, 5, '77'));
  });

  it('of another view, height or kind is another one', () => {
    ask(
      vote('commit', 0, 1),
      vote('commit', 0, 2, '12'),
      vote('prepare', 0, 1, '13'),
      vote('commit', 1, 1, '14'),
    );
    expect(signer.status()).toMatchObject({ highest: 2, signed: 4, refused: 0 });
  });
});

describe('after a VIEW-CHANGE (rule N7)', () => {
  beforeEach(() => ask(vote('commit', 0, 1), vote('view-change', 3, 0)));

  it.each(['pre-prepare', 'prepare', 'commit'] as const)(
    'no new %s of a lower view is signed',
    async (kind) => {
      for (const when of ['at once', 'after a restart']) {
        expect(refused(vote(kind, 2, 2)), when).toEqual({
          code: 'view-below-asked',
          kind,
          view: 2,
          asked: 3,
        });
        await restart();
      }
      ask(vote(kind, 3, 2));
    },
  );

  it('what was signed before is signed again, and seals count in every view', () => {
    ask(vote('commit', 0, 1), seal(1));
  });

  it('a lower view is not asked for, and of views far below nothing is signed', async () => {
    expect(refused(vote('view-change', 2, 0))).toMatchObject({ code: 'view-below-asked', asked: 3 });
    ask(vote('new-view', 2, 0));
    ask(vote('view-change', 3 + viewsKept, 0));
    await restart();
    expect(refused(vote('new-view', 2, 0))).toMatchObject({ code: 'view-below-asked' });
  });

  it('the same holds inside one request', () => {
    expect(refused(vote('view-change', 5, 0), vote('prepare', 4, 2))).toMatchObject({
      code: 'view-below-asked',
    });
  });
});

describe('heights', () => {
  it('far below the highest are forgotten, and nothing new is signed there', async () => {
    for (let height = 1; height <= heightsKept + 600; height += 100) ask(seal(height));
    const { highest, floor } = signer.status();
    expect(floor).toBe(highest - heightsKept);
    for (const when of ['at once', 'after a restart']) {
      expect(refused(seal(100)), when).toEqual({
        code: 'height-below-floor',
        kind: 'seal',
        height: 100,
        floor,
      });
      expect(refused(seal(101, '23')), when).toMatchObject({ code: 'height-below-floor' });
      expect(signer.status(), when).toMatchObject({ highest, floor });
      await restart();
    }
    ask(seal(floor + 1, '23'));
  });
});

describe('epochs', () => {
  it('are known as far as verified hand-overs lead, which are followed again after a restart', async () => {
    expect(refused(vote('prepare', 0, 2, '11', 1))).toEqual({ code: 'epoch-unknown', epoch: 1, known: 0 });
    expect(await signer.advance(links[0]!)).toEqual({ epoch: 1, firstHeight: 2 });
    ask(vote('prepare', 0, 2, '11', 1));
    expect(await signer.advance(links[1]!)).toEqual({ epoch: 2, firstHeight: 3 });
    await restart();
    expect(signer.status()).toMatchObject({ epoch: 2, firstHeight: 3 });
    expect(await signer.advance(links[1]!)).toEqual({ epoch: 2, firstHeight: 3 });
  });

  it('end where the next one begins: the old one signs nothing at or above it', async () => {
    ask(vote('commit', 0, 2));
    await signer.advance(links[0]!);
    for (const slot of [vote('commit', 0, 2), seal(2), vote('prepare', 9, 7)])
      expect(refused(slot)).toMatchObject({ code: 'height-outside-epoch', first: 1, last: 1 });
    expect(refused(vote('commit', 0, 1, '11', 1))).toMatchObject({ code: 'height-outside-epoch', first: 2 });
    ask(vote('commit', 0, 1));
  });

  it('start again at view 0', async () => {
    ask(vote('view-change', 7, 0));
    await signer.advance(links[0]!);
    ask(vote('prepare', 0, 2, '11', 1));
  });

  it.each([
    ['one that was left out', () => links[1]!],
    ['one with a flipped bit', () => flipped(links[0]!)],
    ['no link', () => Uint8Array.of(1, 2, 3)],
    ['a recovery of what is no header', () => recoveryOfJunk()],
  ])('are not followed through %s', async (_, link) => {
    await expect(signer.advance(link())).rejects.toMatchObject({ code: 'link-invalid' });
    expect(signer.status()).toMatchObject({ epoch: 0 });
  });

  it('in which the validator has no such key get no vote and no heartbeat', async () => {
    bench.cleanUp();
    bench = createBench('validator-1');
    await restart();
    await signer.advance(links[0]!);
    const bytes = [bytesOf(vote('prepare', 0, 2, '11', 1)), heartbeat(1)];
    for (const one of bytes)
      expect(refusalOf(() => signer.sign([{ key: keyOf('validator-1'), bytes: one }]))).toEqual({
        code: 'key-not-of-epoch',
        epoch: 1,
        key: keyOf('validator-1'),
        registered: 'none',
      });
  });
});

const flipped = (link: Uint8Array): Uint8Array => {
  const bytes = link.slice();
  // The last byte is of a key of the next set.
  bytes[bytes.length - 1]! ^= 1;
  return bytes;
};
const heartbeat = (epoch: number): Uint8Array =>
  heartbeatSigningBytes(network, { epoch, view: 0, height: 0, block: digest('00'), time: 1 } as never);
const transaction = (
  action: string,
  sender: PublicKey = key,
  named: NetworkId = network,
  args: CborMap = {},
): Uint8Array =>
  transactionSigningBytes(
    network,
    encodeTransactionBody({
      version: 1,
      network: named,
      sender,
      nonce: '00'.repeat(16) as Nonce,
      expiresAt: 1,
      action,
      args,
    }),
  );

describe('what else is signed', () => {
  const other = '77'.repeat(32) as NetworkId;

  const claimed = (changed: Partial<KeyClaim> = {}): Uint8Array =>
    possessionSigningBytes(network, { key, kind: 'consensus', owner: id, member: 'member-4', ...changed });

  it('is that it holds its key, and that it is there', () => {
    const claim = {
      activation: 1,
      subject: id as ValidatorId,
      asker: 'validator-2' as ValidatorId,
      ready: digest('22') as string as Digest,
      challenge: new Uint8Array(32),
    };
    const bytes = [claimed(), presenceSigningBytes(network, claim)];
    expect(signer.sign(bytes.map((one) => ({ key, bytes: one })))).toHaveLength(2);
  });

  it("is heartbeats, and a validator's own transactions", () => {
    const bytes = [heartbeat(0), transaction('validator.evidence'), transaction('activation.withdraw')];
    expect(signer.sign(bytes.map((one) => ({ key, bytes: one })))).toHaveLength(3);
  });

  it.each([
    ['domain-not-signed', signingBytes('sign-in', network, encode({})), key],
    ['malformed', signingBytes('key-possession', network, encode({})), key],
    ['malformed', signingBytes('presence', network, encode({ activation: 1 })), key],
    ['other-sender', claimed({ key: keyOf('validator-2') }), key],
    ['claim-not-signed', claimed({ owner: 'validator-2' }), key],
    ['claim-not-signed', claimed({ kind: 'node' }), key],
    ['claim-not-signed', claimed({ member: 'member-2' }), key],
    ['action-not-signed', transaction('assets.transfer'), key],
    ['action-not-signed', transaction('governance.vote'), key],
    ['other-sender', transaction('validator.evidence', keyOf('validator-2')), key],
    ['other-network', transaction('validator.evidence', key, other), key],
    ['other-network', bytesOf(seal(1), other), key],
    ['malformed', new Uint8Array(100), key],
    ['key-not-held', bytesOf(seal(1)), keyOf('validator-2')],
    ['epoch-unknown', heartbeat(1), key],
  ])('is nothing else: %s', (code, bytes, asked) => {
    expect(refusalOf(() => signer.sign([{ key: asked, bytes }]))).toMatchObject({ code });
    expect(signer.status()).toMatchObject({ signed: 0, refused: 1 });
  });
});

describe('keys', () => {
  const claimOf = (made: PublicKey): Uint8Array =>
    possessionSigningBytes(network, { key: made, kind: 'consensus', owner: id, member: 'member-4' });

  it('are made beside the one in use, prove themselves, and sign no vote before the ledger names them', async () => {
    const made = await signer.create();
    for (const when of ['at once', 'after a restart']) {
      expect(new Set(signer.status().keys), when).toEqual(new Set([key, made]));
      const [proof] = signer.sign([{ key: made, bytes: claimOf(made) }]);
      expect(verifyWithSodium(Buffer.from(made, 'hex'), claimOf(made), proof!)).toBe(true);
      expect(
        refusalOf(() => signer.sign([{ key: made, bytes: bytesOf(seal(1)) }])),
        when,
      ).toMatchObject({
        code: 'key-not-of-epoch',
      });
      await restart();
    }
  });

  it('take the place of the old one only if they are held here: else a broken node had one that nobody watches', async () => {
    const made = await signer.create();
    const rotation = (args: CborMap): Uint8Array => transaction('validator.rotate', key, network, args);
    const possession = new Uint8Array(64);
    for (const when of ['at once', 'after a restart']) {
      for (const args of [
        { key: fromHex(keyOf('validator-9')), possession },
        { key: made, possession },
        { possession },
      ])
        expect(
          refusalOf(() => signer.sign([{ key, bytes: rotation(args) }])),
          when,
        ).toMatchObject({ code: 'successor-not-held' });
      const bytes = rotation({ key: fromHex(made), possession });
      expect(signer.sign([{ key, bytes }]), when).toHaveLength(1);
      await restart();
    }
  });

  it('are one for two orders at once, and no more than a few', async () => {
    const [one, other] = await Promise.all([signer.create(), signer.create()]);
    expect(one).toBe(other);
    while (signer.status().keys.length < 16) await signer.create();
    await expect(signer.create()).rejects.toMatchObject({ code: 'keys-full', facts: { held: 16, max: 16 } });
  });

  it('that cannot be written are named, and the signer goes on', async () => {
    chmodSync(bench.folder, 0o500);
    const isRoot = process.getuid?.() === 0;
    if (isRoot) renameSync(bench.folder, `${bench.folder}.gone`);
    await expect(signer.create()).rejects.toMatchObject({ code: 'key-not-written' });
    if (isRoot) renameSync(`${bench.folder}.gone`, bench.folder);
    chmodSync(bench.folder, 0o700);
    expect(signer.status().keys).toEqual([key]);
  });

  it('are erased once a certified hand-over has ended them, and not at the word of the node', async () => {
    const made = await signer.create();
    await expect(signer.erase(key)).rejects.toMatchObject({ code: 'key-not-over', facts: { epoch: 0 } });
    await expect(signer.erase(made)).rejects.toMatchObject({ code: 'key-not-over' });
    await expect(signer.erase(keyOf('validator-2'))).rejects.toMatchObject({ code: 'key-not-held' });
    await signer.advance(linkTo(rotatedSet(id, made)));
    await expect(signer.erase(made)).rejects.toMatchObject({ code: 'key-not-over', facts: { epoch: 1 } });
    await signer.erase(key);
    for (const when of ['at once', 'after a restart']) {
      expect(signer.status().keys, when).toEqual([made]);
      expect(signer.sign([{ key: made, bytes: bytesOf(seal(2, '22', 1)) }])).toHaveLength(1);
      await restart();
    }
    expect((await readKeyFile(bench.keyFile, passphrase)).publicKey).toBe(made);
  });

  it('stay where the one that follows is not here, or none does', async () => {
    await signer.advance(linkTo(rotatedSet(id, keyOf('validator-9'))));
    await expect(signer.erase(key)).rejects.toMatchObject({ code: 'key-without-successor' });
    expect(signer.status().keys).toEqual([key]);
    bench.cleanUp();
    bench = createBench('validator-1');
    await restart();
    await signer.advance(links[0]!);
    await expect(signer.erase(keyOf('validator-1'))).rejects.toMatchObject({
      code: 'key-without-successor',
      facts: { successor: 'none' },
    });
  });
});
