/** A crash at any step of a hand-over is a start behind the last block of an epoch, or before it (rules D2, E1). */
import { describe, expect, it } from 'vitest';
import type { ValidatorId } from '../../shared/types/brands.ts';
import type { CborValue } from '../../shared/types/ledger.ts';
import { consortiumDocument } from '../ledger/epoch-test-support.ts';
import { pendingActivation } from '../ledger/modules/activation-records.ts';
import { type CrashPlan, createTestNetwork, type TestNetwork } from './network-test-support.ts';

const four = ['v1', 'v2', 'v3', 'v4'];
const never: CrashPlan = { call: Number.POSITIVE_INFINITY, effect: 'before' };

interface Boundary {
  readonly net: TestNetwork;
  /** Of epoch 0. */
  readonly last: number;
}

/** Four nodes of which one has the last block but one, and nobody the last one. */
function beforeTheEnd(): Boundary {
  const net = createTestNetwork(consortiumDocument(4, { heartbeatMs: 100, window: 1 }), four);
  for (const id of four) net.start(id);
  net.until('all vote', () => four.every((id) => net.mode(id) === 'voting'));
  const actions = [{ kind: 'parameters.set', args: { set: { window: 2 } } }];
  const expiresAt = net.genesis.header.time + 3_600_000;
  const args: CborValue = { actions, reason: 'because', expiresAt };
  net.submit('v1', net.transaction('m1.admin', 'governance.propose', args));
  net.until('scheduled', () => pendingActivation(net.state('v2'))?.at !== undefined);
  const last = pendingActivation(net.state('v2'))!.at! - 1;
  net.until('one is left', () => net.height('v2') === last - 1);
  return { net, last };
}

function expectToGoOn({ net, last }: Boundary): void {
  const isBeyond = (id: string): boolean => net.isUp(id) && net.height(id) > last && net.epoch(id) === 1;
  net.until('all vote in the new epoch', () => four.every((id) => isBeyond(id) && net.mode(id) === 'voting'));
  for (let height = 1; height <= last + 1; height += 1)
    expect(new Set(four.map((id) => net.hash(id, height))).size).toBe(1);
  for (const { slot } of net.signed) {
    const height = slot.kind === 'seal' ? slot.height : slot.sequence;
    if (slot.epoch === 0) expect(height).toBeLessThanOrEqual(last);
    else if (slot.kind !== 'view-change' && slot.kind !== 'new-view') expect(height).toBeGreaterThan(last);
  }
}

/** A block of the new epoch, which nothing but a transaction asks for. */
function submitOne(net: TestNetwork): void {
  const events = [{ eventId: 'e', type: 't', data: 1, labels: {}, references: [] }];
  const args: CborValue = { stream: 's', expectedRevision: 'any', events };
  const one = net.transaction('m1.admin', 'streams.append', args);
  for (const id of four) if (net.isUp(id)) net.submit(id, one);
}

/** What v2 asks of its ports from there on until it has signed in the new epoch. */
function stepsOfV2(): readonly string[] {
  const { net } = beforeTheEnd();
  const calls = net.plan('v2', never);
  net.until('entered', () => net.epoch('v2') === 1);
  submitOne(net);
  net.until('it signs in the new epoch', () =>
    net.signed.some(({ by, slot }) => by === 'v2' && slot.epoch === 1),
  );
  return [...calls];
}

describe('a hand-over', () => {
  const steps = stepsOfV2();

  it('has all its steps behind the block that is durable, and before anything of the new epoch', () => {
    const [durable, fence, signer, persist] = [
      steps.findIndex((step) => /^append \d+ is durable$/.test(step)),
      steps.indexOf('fence'),
      steps.indexOf('advance the signer'),
      steps.lastIndexOf('persist'),
    ];
    expect([durable, fence, signer, persist]).toEqual(
      [durable, fence, signer, persist].sort((a, b) => a - b),
    );
    expect(durable).toBeGreaterThanOrEqual(0);
    expect(steps.at(-1)).toBe('sign');
  });

  it.each(['before', 'behind'] as const)(
    'goes on after a crash of one node %s each of them',
    (effect) => {
      for (let call = 1; call <= steps.length; call += 1) {
        const boundary = beforeTheEnd();
        const { net } = boundary;
        net.plan('v2', { call, effect });
        // A step that comes with the transaction only.
        net.run(300);
        submitOne(net);
        net.until(`it crashes ${effect} call ${call}, ${steps[call - 1]}`, () => !net.isUp('v2'));
        net.start('v2');
        expectToGoOn(boundary);
      }
    },
    120_000,
  );

  it('goes on after a power failure of all, with tips on both sides of it', () => {
    const boundary = beforeTheEnd();
    const { net, last } = boundary;
    net.until('somebody has the last block', () => four.some((id) => net.height(id) === last));
    for (const id of four) net.crash(id);
    expect(new Set(four.map((id) => net.height(id))).size).toBe(2);
    for (const id of four) net.start(id);
    net.run(500);
    submitOne(net);
    expectToGoOn(boundary);
  });

  it('goes on without the only one that had the certificate of the last block, which finds the same block (schedule 14)', () => {
    const boundary = beforeTheEnd();
    const { net, last } = boundary;
    net.until('somebody has the last block', () => four.some((id) => net.height(id) === last));
    const [only, ...more] = four.filter((id) => net.height(id) === last);
    for (const id of four) net.crash(id);
    // Whoever else had it by then loses it with its disk's last write.
    for (const id of more) net.seats.get(id as ValidatorId)!.blocks.pop();
    const rest = four.filter((id) => id !== only);
    for (const id of rest) net.start(id);
    net.until('the rest is in the new epoch', () => rest.every((id) => net.epoch(id) === 1));
    net.start(only!);
    net.run(500);
    submitOne(net);
    expectToGoOn(boundary);
  });
});
