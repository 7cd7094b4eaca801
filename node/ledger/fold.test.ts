import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeEvents, encodeEvents } from '../../shared/codec/ledger.ts';
import { emptyTreeRoot, keyDigest, updateTree, valueDigest } from '../../shared/crypto/sparse-merkle-tree.ts';
import { actionKinds } from '../../shared/types/governance.ts';
import type { CborValue, Transaction } from '../../shared/types/ledger.ts';
import { foldBlock } from './fold.ts';
import { amountMax } from './limits.ts';
import { readAsset, readBalance } from './modules/assets.ts';
import { governanceModule } from './modules/governance.ts';
import { identitiesModule } from './modules/identity-actions.ts';
import { keysModule } from './modules/keys.ts';
import { hasLeaf } from './state-keys.ts';
import {
  createChain,
  exampleDocument,
  type MemoryChain,
  plainEvent,
  startTime,
  transactionOf,
} from './test-support.ts';

const identities = exampleDocument.identities.map(({ id }) => id as string);
const assets = ['gold', 'rice'];
const person = fc.constantFrom(...identities, 'nobody');
const asset = fc.constantFrom(...assets);
const amount = fc.oneof(fc.integer({ min: -1, max: 30 }), fc.bigInt({ min: 0n, max: amountMax }));
const json: fc.Arbitrary<CborValue> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.uint8Array({ maxLength: 8 }),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.string({ maxLength: 4 }), tie('value'), { maxKeys: 3 }),
  ),
})).value as fc.Arbitrary<CborValue>;

const append = fc.record({
  stream: fc.constantFrom('s', 't/1'),
  expectedRevision: fc.oneof(fc.constant('any'), fc.integer({ min: -1, max: 3 })),
  events: fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), json), { minLength: 1, maxLength: 3 }),
});

const consentActions = [identitiesModule, keysModule, governanceModule].flatMap(({ actions }) =>
  Object.keys(actions),
);

/** Valid, refused and malformed commands mixed, few names, so that they meet. */
const command = fc.oneof(
  append.map(({ events, ...rest }) => ({
    action: 'streams.append',
    args: { ...rest, events: events.map(([id, data]) => plainEvent(id, data)) } as CborValue,
  })),
  asset.map((id) => ({ action: 'assets.define', args: { asset: id, decimals: 2 } as CborValue })),
  fc.tuple(asset, person, amount, fc.constantFrom('issue', 'transfer')).map(([id, to, value, verb]) => ({
    action: `assets.${verb}`,
    args: { asset: id, to, amount: value } as CborValue,
  })),
  fc.tuple(asset, amount).map(([id, value]) => ({
    action: 'assets.burn',
    args: { asset: id, amount: value } as CborValue,
  })),
  json.map((args) => ({ action: 'streams.append', args })),
  json.map((args) => ({ action: 'assets.transfer', args })),
  fc
    .tuple(fc.constantFrom(...consentActions), json)
    .map(([action, args]) => ({ action: action as string, args })),
  fc.tuple(fc.constantFrom(...actionKinds, 'toString'), json).map(([kind, args]) => ({
    action: 'governance.propose',
    args: { actions: [{ kind, args }], reason: 'r', expiresAt: startTime + 100_000 } as CborValue,
  })),
);

const sent = fc.record({
  command,
  sender: person,
  nonce: fc.integer({ min: 0, max: 40 }),
  /** From expired to too late. */
  lifetimeMs: fc.integer({ min: -10_000, max: 700_000 }),
});
const blocks = fc.array(
  fc.record({ passedMs: fc.integer({ min: -1_000, max: 90_000 }), sent: fc.array(sent, { maxLength: 8 }) }),
  { minLength: 1, maxLength: 6 },
);
type Blocks = typeof blocks extends fc.Arbitrary<infer Value> ? Value : never;

/** Runs the generated blocks and calls back after each. */
function replay(
  chain: MemoryChain,
  generated: Blocks,
  after: (block: ReturnType<MemoryChain['run']>) => void,
) {
  let time = startTime;
  for (const { passedMs, sent: list } of generated) {
    time += passedMs;
    const transactions: Transaction[] = list.map(({ command: { action, args }, sender, nonce, lifetimeMs }) =>
      transactionOf(chain.genesis, action, args, {
        sender,
        nonce: nonce.toString(16).padStart(32, '0'),
        expiresAt: Math.max(time + lifetimeMs, 0),
      }),
    );
    after(chain.run(transactions, time));
  }
}

/** Root over all leaves, built at once instead of change by change. */
function rootFromScratch(state: ReadonlyMap<string, Uint8Array>) {
  const leaves = [...state].filter(([key]) => hasLeaf(key));
  return updateTree(
    () => undefined,
    leaves.map(([key, value]) => [keyDigest(key), valueDigest(value)] as const),
  ).root;
}

describe('whatever is sent', () => {
  test('folding the stored events yields the changes, nodes and root of execution', () => {
    fc.assert(
      fc.property(blocks, (generated) => {
        const executed = createChain();
        const folded = createChain();
        replay(executed, generated, (block) => {
          const result = foldBlock({
            state: folded.view,
            tree: folded.tree,
            height: block.height,
            time: block.header.time,
            ran: block.ran.map(({ transaction, events }) => ({
              transaction,
              events: decodeEvents(encodeEvents(events)),
            })),
          });
          expect(result.stateRoot).toBe(block.header.state);
          expect(result.changes).toEqual(block.changes);
          expect(result.nodes).toEqual(block.nodes);
          folded.apply(block);
        });
      }),
      { numRuns: 60 },
    );
  }, 30_000);

  test('the state root is that of the whole state, and runs and skips account for the batch', () => {
    fc.assert(
      fc.property(blocks, (generated) => {
        const chain = createChain();
        replay(chain, generated, (block) => {
          expect(rootFromScratch(chain.state)).toBe(block.header.state);
          const sentCount = generated[block.height - 1]!.sent.length;
          expect(block.ran.length + block.skipped.length).toBe(sentCount);
        });
      }),
      { numRuns: 40 },
    );
  });

  test('the supply of an asset is the sum of its balances', () => {
    fc.assert(
      fc.property(blocks, (generated) => {
        const chain = createChain();
        replay(chain, generated, () => {
          for (const id of assets) {
            const total = identities.reduce((sum, each) => sum + readBalance(chain.view, id, each), 0n);
            expect(total).toBe(readAsset(chain.view, id)?.supply ?? 0n);
          }
        });
      }),
      { numRuns: 40 },
    );
  });

  test('a pair runs at most once while it is kept', () => {
    fc.assert(
      fc.property(blocks, (generated) => {
        const chain = createChain();
        const keptUntil = new Map<string, number>();
        replay(chain, generated, ({ ran, header }) => {
          for (const { transaction } of ran) {
            const { sender, nonce, expiresAt } = transaction.body;
            const pair = `${sender} ${nonce}`;
            expect(keptUntil.get(pair) ?? 0).toBeLessThanOrEqual(header.time);
            keptUntil.set(pair, (Math.floor(expiresAt / 60_000) + 1) * 60_000);
          }
        });
      }),
      { numRuns: 60 },
    );
  });
});

test('an empty tree has the empty root', () => {
  expect(rootFromScratch(new Map())).toBe(emptyTreeRoot);
});
