/** Rule W1: a second content for a slot is noticed wherever it comes from, and nothing else is. */
import { expect, it } from 'vitest';
import { encode } from '../../shared/codec/dag-cbor.ts';
import {
  type BlockHash,
  type Digest,
  epochOf,
  heightOf,
  type Signature,
  type ValidatorId,
  viewOf,
} from '../../shared/types/brands.ts';
import type { Certificate } from '../../shared/types/ledger.ts';
import type {
  ConsensusMessage,
  Evidence,
  PreparedCertificate,
  SealMessage,
  SignedVote,
  ViewChangeMessage,
  VoteKind,
} from '../../shared/types/messages.ts';
import { stateKeys } from '../ledger/state-keys.ts';
import { createTestContext, ids, withParameters } from './test-support.ts';
import { createWitness } from './witness.ts';

const [v1, v2, v3] = ids as readonly [ValidatorId, ValidatorId, ValidatorId];
const signature = new Uint8Array(64) as Signature;
const window = 2;

const voteOf = (
  kind: VoteKind,
  sender: ValidatorId,
  content: string,
  view = 0,
  sequence = 1,
  epoch = 0,
): SignedVote => ({
  kind,
  epoch: epochOf(epoch),
  view: viewOf(view),
  sequence: heightOf(sequence),
  content: content.repeat(32) as Digest,
  sender,
  signature,
});
const sealOf = (sender: ValidatorId, block: string, height = 1): SealMessage => ({
  kind: 'seal',
  epoch: epochOf(0),
  height: heightOf(height),
  block: block.repeat(32) as BlockHash,
  sender,
  signature,
});
const certificateOf = (block: string, ...signers: readonly ValidatorId[]): Certificate => ({
  epoch: epochOf(0),
  height: heightOf(1),
  block: block.repeat(32) as BlockHash,
  seals: signers.map((validator) => ({ validator, signature })),
});
const prepare = (vote: SignedVote): ConsensusMessage => ({ kind: 'prepare', vote });
const prepared = (content: string): PreparedCertificate => ({
  epoch: epochOf(0),
  view: viewOf(0),
  sequence: heightOf(1),
  batch: content.repeat(32) as PreparedCertificate['batch'],
  prePrepare: voteOf('pre-prepare', v1, content),
  prepares: [voteOf('prepare', v2, content)],
});
const viewChange = (of: readonly PreparedCertificate[], certificate?: Certificate): ViewChangeMessage => ({
  kind: 'view-change',
  vote: voteOf('view-change', v3, 'cc', 1, 0),
  body: { height: heightOf(0), prepared: of, ...(certificate && { certificate }) },
});

function witness() {
  const found: Evidence[] = [];
  const context = withParameters(createTestContext().context, { window });
  const { saw } = createWitness(context, (evidence) => found.push(evidence));
  return {
    saw,
    message: (message: ConsensusMessage) => saw({ type: 'message', from: v3, message }),
    accused: () => found.map(({ validator, kind }) => `${validator} ${kind}`),
  };
}

it('a vote told to us, and another one told to the sender of a VIEW-CHANGE', () => {
  const { message, accused } = witness();
  message(prepare(voteOf('prepare', v2, 'aa')));
  message(viewChange([prepared('bb')]));
  expect(accused()).toEqual([`${v2} prepare`]);
});

it('two VIEW-CHANGEs inside one NEW-VIEW, and its own PRE-PREPAREs', () => {
  const { message, accused } = witness();
  message({
    kind: 'new-view',
    vote: voteOf('new-view', v2, 'dd', 1, 0),
    body: {
      viewChanges: [viewChange([prepared('aa')]), viewChange([prepared('bb')])],
      prePrepares: [voteOf('pre-prepare', v2, 'aa', 1)],
    },
  });
  message({
    kind: 'pre-prepare',
    vote: voteOf('pre-prepare', v2, 'bb', 1),
    batch: { time: 0, proposer: '', ids: [] },
  });
  expect(accused()).toEqual([`${v1} pre-prepare`, `${v2} prepare`, `${v2} pre-prepare`]);
});

it('a seal, and another one in a certificate', () => {
  const { message, saw, accused } = witness();
  message(sealOf(v1, 'aa'));
  saw({ type: 'certificate', certificate: certificateOf('bb', v1, v2) });
  message(viewChange([], certificateOf('aa', v2, v3)));
  expect(accused()).toEqual([`${v1} seal`, `${v2} seal`]);
});

it('what we signed ourselves, and what a twin of ours signed', () => {
  const { message, saw, accused } = witness();
  saw({ type: 'own', message: prepare(voteOf('prepare', v1, 'aa')) });
  message(prepare(voteOf('prepare', v1, 'bb')));
  expect(accused()).toEqual([`${v1} prepare`]);
});

it('repetition, other views and other epochs are nothing', () => {
  const { message, accused } = witness();
  message(prepare(voteOf('prepare', v1, 'aa')));
  message(prepare(voteOf('prepare', v1, 'aa')));
  message(prepare(voteOf('prepare', v1, 'bb', 1)));
  message(prepare(voteOf('prepare', v1, 'bb', 0, 1, 1)));
  message({
    kind: 'heartbeat',
    epoch: epochOf(0),
    view: viewOf(0),
    height: heightOf(1),
    block: 'aa'.repeat(32) as BlockHash,
    time: 1,
    sender: v1,
    signature,
  });
  expect(accused()).toEqual([]);
});

it('who floods forgets only what it signed itself', () => {
  const { message, accused } = witness();
  message(prepare(voteOf('prepare', v1, 'aa')));
  message(prepare(voteOf('prepare', v2, 'aa')));
  for (let sequence = 2; sequence <= 32 * window + 2; sequence += 1)
    message(prepare(voteOf('prepare', v1, 'aa', 0, sequence)));
  message(prepare(voteOf('prepare', v1, 'bb')));
  message(prepare(voteOf('prepare', v2, 'bb')));
  expect(accused()).toEqual([`${v2} prepare`]);
});

it('of the epoch before, evidence is still taken; of one that ended earlier, or is to come, nothing is kept', () => {
  const { context } = createTestContext();
  const current = { ...context.epochs.current(), epoch: epochOf(2) };
  const found: Evidence[] = [];
  const epochs = { ...context.epochs, current: () => current };
  const witness = createWitness({ ...context, epochs }, (one) => found.push(one));
  for (const epoch of [0, 1, 2, 3])
    for (const content of ['aa', 'bb'])
      witness.saw({
        type: 'message',
        from: v1,
        message: prepare(voteOf('prepare', v2, content, 0, 1, epoch)),
      });
  expect(found.map(({ epoch }) => epoch)).toEqual([1, 2]);
});

it('two seals on both sides of a recovery are none, and the newer one is what the next is compared with', () => {
  const { context } = createTestContext();
  const { state } = context.ports;
  const written = new Map<string, Uint8Array>([
    [stateKeys.recoveryCount, encode(1)],
    [stateKeys.recovery(0), encode({ number: 0, epoch: 1, height: 0, survivors: [v1] })],
  ]);
  const get = (key: string): Uint8Array | undefined => written.get(key) ?? state.get(key);
  const epochs = { ...context.epochs, current: () => ({ ...context.epochs.current(), epoch: epochOf(1) }) };
  const found: Evidence[] = [];
  const behind = { ...context, epochs, ports: { ...context.ports, state: { get } } };
  const { saw } = createWitness(behind, (evidence) => found.push(evidence));
  const message = (seal: SealMessage): void => saw({ type: 'message', from: v3, message: seal });
  message(sealOf(v2, 'aa'));
  message({ ...sealOf(v2, 'bb'), epoch: epochOf(1) });
  message(sealOf(v2, 'aa'));
  expect(found).toEqual([]);
  message({ ...sealOf(v2, 'cc'), epoch: epochOf(1) });
  expect(found.map(({ validator, epoch }) => [validator, epoch])).toEqual([[v2, 1]]);
  message(sealOf(v1, 'aa'));
  message({ ...sealOf(v1, 'bb'), epoch: epochOf(1) });
  expect(found).toHaveLength(2);
});

it('of a key that signs without end the last slots stay, fewer of them once the window is narrower (rule M3)', () => {
  const base = createTestContext().context;
  let width = 2;
  const current = () => withParameters(base, { window: width }).epochs.current();
  const { saw, buffers } = createWitness({ ...base, epochs: { ...base.epochs, current } }, () => undefined);
  const sign = (sender: ValidatorId, count: number): void => {
    for (let view = 0; view < count; view += 1)
      saw({ type: 'message', from: v3, message: prepare(voteOf('prepare', sender, 'aa', view)) });
  };
  sign(v1, 200);
  expect(buffers()).toMatchObject([{ size: 64, bound: 64 }]);
  width = 1;
  sign(v2, 1);
  expect(buffers()).toMatchObject([{ size: 32, bound: 32 }]);
});
