import { expect, test } from 'vitest';
import { decodeEnvelope } from '../../../shared/codec/ledger.ts';
import { viewOf } from '../../../shared/types/brands.ts';
import { reachableCount } from '../reachable.ts';
import { appendArgs, genesisTime, testEnvelope, testGenesis } from '../test-support/consortium.ts';
import { MemoryLedger } from '../test-support/memory-ledger.ts';
import { MemoryNode } from '../test-support/memory-node.ts';
import { startRecorder } from './recorder.ts';

function setUp(telemetry?: () => undefined) {
  const ledger = new MemoryLedger();
  const node = new MemoryNode(ledger);
  let nowMs = genesisTime;
  const sources = {
    wallMs: () => nowMs,
    monotonicMs: () => nowMs - genesisTime,
    reachable: () => reachableCount({ node, state: ledger.state, self: testGenesis.validators[0]!.id }),
  };
  const recorder = startRecorder(
    telemetry === undefined ? node : { status: () => node.status(), telemetry },
    sources,
  );
  recorder.close();
  return {
    node,
    history: recorder.history,
    readAfter(ms: number): void {
      nowMs += ms;
      recorder.read();
    },
    submit(eventId: string, stream = 'orders'): void {
      const { network } = ledger;
      const args = appendArgs(stream, eventId);
      const envelope = testEnvelope({
        network,
        action: 'streams.append',
        args,
        expiresAt: genesisTime + 300_000,
      });
      node.submit(
        [decodeEnvelope(envelope)],
        { member: 'north' as never, members: 2 },
        () => undefined,
        new Map(),
      );
    },
  };
}

test('counts what the node certified, how long it had waited, and who is there', () => {
  const { node, history, readAfter, submit } = setUp();
  submit('a');
  submit('b');
  node.certify(2_000);
  submit('c');
  readAfter(5_000);
  const [sample] = history.samples('hour');
  expect(sample).toMatchObject({
    blocks: 1,
    succeeded: 2,
    failed: 0,
    pool: 1,
    height: 1,
    view: 0,
    reachable: 4,
  });
  expect(sample?.wait?.count).toBe(2);
  expect(sample?.wait?.p50Ms).toBeGreaterThan(1_600);
  expect(sample?.wait?.p99Ms).toBeLessThan(2_500);
});

test('sees a change of view', () => {
  const { node, history, readAfter } = setUp();
  node.view = viewOf(2);
  readAfter(1_000);
  expect(history.viewChanges()).toMatchObject([{ from: 0, to: 2 }]);
});

test('a node that only starts has no history yet', () => {
  const { history, readAfter } = setUp(() => undefined);
  readAfter(60_000);
  expect(history.samples('hour')).toEqual([]);
});
