import { expect, it } from 'vitest';
import { encodeMessage } from '../../../shared/codec/messages.ts';
import {
  type Digest,
  epochOf,
  heightOf,
  type Signature,
  type ValidatorId,
  viewOf,
} from '../../../shared/types/brands.ts';
import type { SignedVote } from '../../../shared/types/messages.ts';
import { defaultParameters } from '../../../shared/types/parameters.ts';
import type { ConsensusView } from '../../consensus/types.ts';
import { encodeLinkMessage } from '../../runtime/wire.ts';
import type { EpochFold } from '../epoch-fold.ts';
import { createNextEpochWatch } from './next-epoch-watch.ts';

const [v1, v2, liar] = ['v1', 'v2', 'v9'] as unknown as readonly [ValidatorId, ValidatorId, ValidatorId];
const members = new Map([v1, v2, liar].map((id) => [id, {}]));
const epochs = [
  { epoch: 0, firstHeight: 1, validators: members, parameters: defaultParameters },
  { epoch: 1, firstHeight: 10, armedAt: 4, validators: members, parameters: defaultParameters },
];
const fold = { of: (epoch: number) => epochs[epoch] } as unknown as EpochFold;

function prepare(sender: ValidatorId, sequence: number, epoch = 1): Uint8Array {
  const vote: SignedVote = {
    kind: 'prepare',
    epoch: epochOf(epoch),
    view: viewOf(0),
    sequence: heightOf(sequence),
    content: 'ab'.repeat(32) as Digest,
    sender,
    signature: new Uint8Array(64) as Signature,
  };
  return encodeLinkMessage({ type: 'consensus', messages: [encodeMessage({ kind: 'prepare', vote })] });
}

/** What v1 is told, standing at this height, if it holds so much once it has heard. */
function fault(from: ValidatorId, frame: Uint8Array, { certified = 4, held = 0, epochAfter = 0 } = {}) {
  let epoch = 0;
  const standing = () => ({
    view: { mode: 'voting', epoch, certified } as unknown as ConsensusView,
    buffers: [{ name: 'next epoch', size: held, bound: 100 }],
  });
  const watch = createNextEpochWatch(fold, (id) => id !== liar, standing);
  return watch.receive(v1, from, frame, () => {
    epoch = epochAfter;
  });
}

it('says so if a vote of the epoch that is scheduled here is not held', () => {
  expect(fault(v2, prepare(v2, 10))).toBe(
    'v1 holds nothing of epoch 1, although a prepare of v2 in it arrived (rule M3)',
  );
});

it('is content with one that is held, and with an epoch that was entered meanwhile', () => {
  expect(fault(v2, prepare(v2, 10), { held: 1 })).toBeUndefined();
  expect(fault(v2, prepare(v2, 10), { epochAfter: 1 })).toBeUndefined();
});

it('asks nothing of who cannot know the schedule, nor for what is far above, of this epoch, relayed, or a liar’s', () => {
  expect(fault(v2, prepare(v2, 10), { certified: 3 })).toBeUndefined();
  expect(fault(v2, prepare(v2, 10 + defaultParameters.window))).toBeUndefined();
  expect(fault(v2, prepare(v2, 9, 0))).toBeUndefined();
  expect(fault(v2, prepare(v1, 10))).toBeUndefined();
  expect(fault(liar, prepare(liar, 10))).toBeUndefined();
});
