/** What peers say of a recovery that was not accepted here: told once, and neither believed nor fatal, whatever it is. */
import { describe, expect, it } from 'vitest';
import { encodeRecovery, encodeRecoveryContent } from '../../shared/codec/recovery.ts';
import { epochOf, type Incarnation, type Signature, type ValidatorId } from '../../shared/types/brands.ts';
import { recoveriesOf } from './recoveries.ts';
import { createRecoveryNotice } from './recovery-notice.ts';
import { createTestContext, genesis, ids } from './test-support.ts';

const [v1, v2, v3] = ids as unknown as readonly [ValidatorId, ValidatorId, ValidatorId];
const signature = new Uint8Array(64) as Signature;

function shown(header: Uint8Array, reason = 'a fire'): Uint8Array {
  const content = {
    version: 1 as const,
    network: genesis.network,
    epoch: epochOf(1),
    base: { header },
    headers: [],
    validators: genesis.validators.map(({ id, member, consensusKey }) => ({
      id,
      member,
      consensusKey,
      nodeKey: consensusKey,
      address: 'wss://127.0.0.1:1',
      gateway: 'https://127.0.0.1:2',
      incarnation: '00'.repeat(16) as Incarnation,
      possession: { consensus: signature, node: signature },
    })),
    reason,
    survivors: [],
    fenced: [],
  };
  const contentBytes = encodeRecoveryContent(content);
  return encodeRecovery({ content, contentBytes, records: [], signatures: [] });
}

function setUp() {
  const { context, logged } = createTestContext(v1);
  const notice = createRecoveryNotice(context, recoveriesOf({ recoveries: () => [] }));
  const count = (code: string): number => JSON.stringify(logged).split(`"${code}"`).length - 1;
  return { notice, count };
}

describe('a peer that shows a recovery', () => {
  it('is told of once, whoever else shows it', () => {
    const { notice, count } = setUp();
    for (const peer of [v2, v2, v3]) notice.told(peer, shown(genesis.headerBytes));
    expect(count('recovery-not-accepted')).toBe(1);
  });

  it('is told of in the diagnosis, with everybody who shows it while they are there', () => {
    const { notice } = setUp();
    const recovery = shown(genesis.headerBytes);
    for (const peer of [v3, v2, v2]) notice.told(peer, recovery);
    expect(notice.shown()).toEqual([
      { recovery: expect.stringMatching(/^[0-9a-f]{64}$/), epoch: 1, height: 0, from: [v2, v3] },
    ]);
    notice.forget((peer) => peer === v2);
    expect(notice.shown()).toMatchObject([{ from: [v3] }]);
    notice.forget(() => true);
    expect(notice.shown()).toEqual([]);
  });

  it('fills no list: those that most show come first', () => {
    const { notice } = setUp();
    for (let at = 0; at < 4; at += 1) notice.told(v2, shown(genesis.headerBytes, `lie ${at}`));
    notice.told(v3, shown(genesis.headerBytes, 'the fire'));
    notice.told(v1, shown(genesis.headerBytes, 'the fire'));
    expect(notice.shown()).toHaveLength(4);
    expect(notice.shown()[0]?.from).toEqual([v1, v3]);
  });

  it('with headers that are none ends nothing here', () => {
    const { notice, count } = setUp();
    notice.told(v2, shown(new Uint8Array([1, 2, 3])));
    notice.told(v2, new Uint8Array([7]));
    expect([count('recovery-not-accepted'), count('message-dropped')]).toEqual([0, 2]);
  });

  it('is remembered while its name is borne, and no longer', () => {
    const { notice, count } = setUp();
    for (let at = 0; at < 4; at += 1) notice.told(v2, shown(genesis.headerBytes, `lie ${at}`));
    notice.forget((peer) => peer === v3);
    notice.told(v2, shown(genesis.headerBytes, 'one more'));
    expect(count('recovery-not-accepted')).toBe(4);
    notice.forget((peer) => peer === v2);
    notice.told(v2, shown(genesis.headerBytes, 'one more'));
    expect(count('recovery-not-accepted')).toBe(5);
  });

  it('is told of again when it was forgotten with everybody who showed it', () => {
    const { notice, count } = setUp();
    const recovery = shown(genesis.headerBytes);
    notice.told(v2, recovery);
    notice.told(v3, recovery);
    notice.forget((peer) => peer === v2);
    notice.told(v1, recovery);
    expect(count('recovery-not-accepted')).toBe(1);
    notice.forget(() => true);
    notice.told(v2, recovery);
    expect([count('recovery-not-accepted'), notice.shown()]).toMatchObject([2, [{ from: [v2] }]]);
  });

  it('is heard only so often, and keeps nobody else from being heard', () => {
    const { notice, count } = setUp();
    for (let at = 0; at < 20; at += 1) notice.told(v2, shown(genesis.headerBytes, `lie ${at}`));
    expect(count('recovery-not-accepted')).toBe(4);
    notice.told(v3, shown(genesis.headerBytes));
    expect(count('recovery-not-accepted')).toBe(5);
  });
});
