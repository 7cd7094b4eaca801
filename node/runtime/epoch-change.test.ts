/** A signer in another process follows the epochs, whatever of their ends is damaged on this disk. */
import { describe, expect, it } from 'vitest';
import { type Epoch, epochOf, heightOf, type ValidatorId } from '../../shared/types/brands.ts';
import type { EpochLink } from '../../shared/types/ledger.ts';
import { evolve } from '../ledger/modules/all.ts';
import { epochOpened } from '../ledger/modules/epochs.ts';
import { createOverlay } from '../ledger/overlay.ts';
import { writeRecord } from '../ledger/records.ts';
import { stateKeys } from '../ledger/state-keys.ts';
import { advanceSigner, createEpochChange } from './epoch-change.ts';
import type { CertifiedHeader, RuntimePorts } from './ports.ts';
import { createTestContext, genesis, ids } from './test-support.ts';

const [v1] = ids as readonly [ValidatorId];
const zero = epochOf(0);
const one = epochOf(1);
const certificate = { epoch: zero, height: heightOf(9), block: genesis.hash, seals: [] };
const header = new Uint8Array([1]);
const damage = Object.assign(new Error('damaged'), { code: 'data-damaged', facts: { table: 'blocks' } });

function setUp(epochEnd: (epoch: Epoch) => CertifiedHeader | undefined, isRemote = true) {
  const test = createTestContext(v1);
  const followed: EpochLink[] = [];
  const state = createOverlay(test.ports.state);
  writeRecord(state, stateKeys.validators, ids.slice(1));
  evolve(state, epochOpened({ epoch: 1, firstHeight: 10, cause: 'test' }));
  const { advance: _, ...signer } = test.ports.signer;
  const ports: RuntimePorts = {
    ...test.ports,
    blocks: { ...test.ports.blocks, epochEnd },
    state: { ...test.ports.state, get: state.get },
    signer: isRemote ? { ...signer, advance: (link) => void followed.push(link) } : signer,
  };
  return { ...test, ports, followed };
}

describe('a remote signer', () => {
  it('gets the set that state keeps where the row beside the block is damaged', () => {
    const { ports, followed } = setUp(() => ({ header, certificate }));
    advanceSigner(ports, zero, one);
    expect(followed.map(({ nextValidators }) => nextValidators.map(({ id }) => id))).toEqual([ids.slice(1)]);
    expect(followed).toMatchObject([{ header, certificate }]);
  });

  it('that cannot follow, for the block itself is damaged, ends the node by the name of what is', () => {
    const halted: unknown[] = [];
    const { ports, context } = setUp(() => {
      throw damage;
    });
    const next = { ...context.epochs.current(), epoch: one, firstHeight: heightOf(10) };
    context.epochs.boundary({ kind: 'handover', next });
    const unreachable = (): never => expect.unreachable('the node goes on');
    const change = createEpochChange(
      { ...context, ports },
      {
        peers: { entered: unreachable },
        room: { entered: unreachable },
        submission: { settled: unreachable },
        payloads: { left: unreachable },
        catchUp: { advanced: unreachable },
        tellStanding: unreachable,
        halt: (code, facts) => void halted.push({ code, ...facts }),
      },
    );
    change.entered({ type: 'epoch-entered', epoch: one, firstHeight: heightOf(10), mode: 'voting' });
    expect(halted).toEqual([{ code: 'data-damaged', table: 'blocks', epoch: 0 }]);
  });

  it('is a defect to have none of', () => {
    const { ports } = setUp(() => undefined);
    expect(() => advanceSigner(ports, zero, one)).toThrow('The end of epoch 0 is not on disk');
  });
});

it('a signer in this process needs none of it, and nothing is read', () => {
  const { ports } = setUp(() => expect.unreachable('read'), false);
  advanceSigner(ports, zero, one);
});
