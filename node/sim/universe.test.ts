import { describe, expect, it, vi } from 'vitest';
import { sealSigningBytes, voteSigningBytes } from '../../shared/codec/messages.ts';
import { readSlot } from '../../shared/codec/signed-content.ts';
import {
  type BlockHash,
  type Digest,
  epochOf,
  heightOf,
  type NetworkId,
  type ValidatorId,
  viewOf,
  zeroDigest,
} from '../../shared/types/brands.ts';
import type { SlotContent, VoteKind } from '../../shared/types/messages.ts';
import { createEventQueue } from './event-queue.ts';
import { keyOfSeat, signKeyed, verifyKeyed } from './keyed-hash.ts';
import { createPrng } from './prng.ts';
import { type ProfileName, profiles } from './profiles.ts';
import { liarKinds, misfortunes, type Role } from './roster.ts';
import { shrink } from './shrink.ts';
import { addTallies, emptyTally, medianOf, tallyOf } from './tally.ts';
import { runUniverse } from './universe.ts';
import { createSignatureWatch } from './votes-check.ts';

/** What is planted in the core: one replica holds too much from this input of all replicas on, until its next event. */
const leak = vi.hoisted(() => ({ atInput: Number.POSITIVE_INFINITY, inputs: 0 }));

vi.mock('../consensus/step.ts', async (importOriginal) => {
  const core = await importOriginal<typeof import('../consensus/step.ts')>();
  const leaking = new Map<unknown, number>();
  const step: typeof core.step = (state, input, now) => {
    const sinceMs = leaking.get(state);
    if (sinceMs !== undefined && sinceMs < now.monotonicMs) {
      state.epochEndsToldMs.clear();
      leaking.delete(state);
    }
    const outputs = core.step(state, input, now);
    leak.inputs += 1;
    if (leak.inputs === leak.atInput) {
      for (let made = 0; made < 9; made += 1) state.epochEndsToldMs.set(`made ${made}` as ValidatorId, 0);
      leaking.set(state, now.monotonicMs);
    }
    return outputs;
  };
  return { ...core, step };
});

describe('universe', () => {
  it.each([301, 312, 323, 334, 345, 356, 367, 378])(
    'M3: finds what is over its bound from input %i of the core to the next event of that replica',
    (input) => {
      leak.atInput = leak.inputs + input;
      const { failure } = runUniverse(3, 4, 600, 'honest');
      leak.atInput = Number.POSITIVE_INFINITY;
      expect(failure?.claim).toMatch(/^v\d holds 9 ends of epochs told, more than 8 \(rule M3\)$/);
    },
  );

  it.each([1, 2, 4, 5, 7])('holds all invariants with %i replicas', (replicas) => {
    const result = runUniverse(11, replicas, 600);
    expect(result.failure).toBeUndefined();
    expect(result.commits).toBeGreaterThan(0);
  });

  const tolerable = (Object.keys(profiles) as ProfileName[]).filter((name) => name !== 'too-many-twins');
  it.each(tolerable)(
    'holds all invariants under %s',
    (profile) => {
      expect(runUniverse(1, 4, 1_000, profile).failure).toBeUndefined();
    },
    60_000,
  );

  it('W1: restarts and view changes of honest replicas produce no evidence', () => {
    // Logging evidence, or signing two contents in a slot, ends a universe with a failure.
    const results = [21, 22, 23].map((seed) => runUniverse(seed, 4, 1_500));
    expect(results.map(({ failure }) => failure?.claim)).toEqual([undefined, undefined, undefined]);
    expect(Math.max(...results.map(({ highestView }) => highestView))).toBeGreaterThan(0);
    expect(Math.max(...results.map(({ crashes }) => crashes))).toBeGreaterThan(0);
  }, 60_000);

  it('replays exactly from its seed', () => {
    expect(runUniverse(5, 4, 500)).toEqual(runUniverse(5, 4, 500));
    expect(runUniverse(5, 4, 500)).not.toEqual(runUniverse(6, 4, 500));
  });
});

describe('epochs', () => {
  it('follow one another in the usual mix: activations come into force and are withdrawn', () => {
    const results = [8, 10, 14].map((seed) => runUniverse(seed, 4, 1_500, 'epochs'));
    expect(results.map(({ failure }) => failure?.claim)).toEqual([undefined, undefined, undefined]);
    const met = (path: string): number => results.reduce((sum, { rules }) => sum + (rules[path] ?? 0), 0);
    for (const end of ['activated', 'withdrawn']) expect(met(`E3 activation.${end}`)).toBeGreaterThan(0);
    expect(met('E3 refused: too-many-changes')).toBeGreaterThan(0);
    expect(met('E1 epoch-entered')).toBeGreaterThan(0);
  }, 60_000);

  it('C1: who only follows learns of the last blocks of a network that has gone quiet', () => {
    expect(runUniverse(17, 4, 2_000, 'epochs').failure).toBeUndefined();
  }, 60_000);

  it('D1: a disk that is full while a replica starts leaves no gap in its blocks', () => {
    // v2 announces itself at its start, on a disk that is full.
    const { failure, met } = runUniverse(607, 4, 2_000, 'epochs');
    expect(failure).toBeUndefined();
    expect(met['write on a full disk']).toBeGreaterThan(0);
  }, 60_000);

  it('come from what the profile lets the members wish for, and from nothing else', () => {
    const { failure, met, rules } = runUniverse(1, 4, 1_500, 'rotations');
    expect(failure).toBeUndefined();
    const wished = Object.keys(met).filter((what) => what.startsWith('wish: '));
    expect(wished.sort()).toEqual(['wish: keys by ballots', 'wish: rotation']);
    expect(rules['E3 activation.activated']).toBeGreaterThan(0);
  }, 60_000);

  it('D3: who came back from a copy is held to all rules again once its new store is registered', () => {
    const { failure, met } = runUniverse(3, 4, 6_000, 'new-stores');
    expect(failure).toBeUndefined();
    expect(met['votes again behind a copy']).toBeGreaterThan(0);
  }, 60_000);

  it('follow one another where nobody submits anything', () => {
    const { failure, rules } = runUniverse(2, 4, 1_000, 'idle-epochs');
    expect(failure).toBeUndefined();
    expect(rules['E3 activation.activated']).toBeGreaterThan(1);
  }, 60_000);
});

describe('clients that replace their keys', () => {
  it('have nobody blamed, and what they signed with the old one is on record', () => {
    const { failure, met, rules } = runUniverse(1, 4, 2_000, 'blameless');
    expect(failure).toBeUndefined();
    expect(met['key of a client replaced']).toBeGreaterThan(0);
    expect(rules['X3 failed with its reason']).toBeGreaterThan(0);
  }, 60_000);
});

describe('liars', () => {
  const one = (role: Role): ReadonlyMap<ValidatorId, Role> => new Map([['v3' as ValidatorId, role]]);

  it.each([...liarKinds, ...misfortunes])('does no harm with one that is %s', (role) => {
    const result = runUniverse(17, 4, 500, 'honest', { roles: one(role) });
    expect(result.failure).toBeUndefined();
    expect(result.commits).toBeGreaterThan(0);
  });

  /** What tells that lies of this kind were refused or shown; absent: they are no messages to refuse. */
  const refusals: { readonly [kind in Role]?: RegExp } = {
    meddler: /^W1 evidence/,
    turncoat: /^W1 evidence/,
    forger: /^M1 dropped: a signature inside a view-change/,
    'claim-forger': /^M1 dropped: a signature inside a view-change/,
    flooder: /^M1 frame-dropped/,
    replayer: /^M1 dropped: the signature of a/,
    splitter: /^X2 transaction skipped/,
    'stale-proposer': /^X2 transaction skipped/,
  };

  /** Primary of the first view: some lies are told by primaries alone. */
  const leader = 'v0' as ValidatorId;

  const lieSeedsMax = 8;

  it.each(liarKinds)(
    'are told by one that is %s, and refused',
    (role) => {
      const refusal = refusals[role];
      let told = false;
      let refused = refusal === undefined;
      for (let seed = 1; seed <= lieSeedsMax && !(told && refused); seed += 1) {
        for (const profile of ['honest', 'restless', 'stale-proposer'] as const) {
          const result = runUniverse(seed, 4, 600, profile, { roles: new Map([[leader, role]]) });
          expect(result.failure).toBeUndefined();
          told ||= (result.met[`lie of ${role}`] ?? 0) > 0;
          refused ||= Object.keys(result.rules).some((path) => refusal?.test(path) === true);
        }
      }
      expect({ told, refused }).toEqual({ told: true, refused: true });
    },
    60_000,
  );

  it('reports the fork that f+1 twins make', () => {
    const claims = [1, 2, 3, 4].map((seed) => runUniverse(seed, 4, 1_200, 'too-many-twins').failure?.claim);
    expect(claims.join()).toMatch(/two certified blocks|state-divergence/);
  });
});

describe('payloads', () => {
  it('that expire with what named them take no room of others, whoever hoards them', () => {
    const roles = new Map<ValidatorId, Role>([['v2' as ValidatorId, 'hoarder']]);
    const results = [3, 5].map((seed) => runUniverse(seed, 4, 1_000, 'payloads', { roles }));
    expect(results.map(({ failure }) => failure?.claim)).toEqual([undefined, undefined]);
    for (const { met } of results) expect(met['lie of hoarder']).toBeGreaterThan(0);
  }, 60_000);
});

describe('shrinking', () => {
  it('keeps to what breaks the same way, with no more faults than before', () => {
    const failed = [2, 3, 4].map((seed) => runUniverse(seed, 4, 600, 'too-many-twins')).find(isFailed)!;
    const { result, runs } = shrink(failed, 600, 'too-many-twins', 8);
    expect(result.failure?.claim.slice(0, 12)).toBe(failed.failure?.claim.slice(0, 12));
    expect(result.faults.length).toBeLessThanOrEqual(failed.faults.length);
    expect(runs).toBeLessThanOrEqual(8);
  });
});

const isFailed = ({ failure }: { readonly failure?: unknown }): boolean => failure !== undefined;

describe('tallies', () => {
  it('add up, and know the median', () => {
    const results = [1, 2, 3].map((seed) => runUniverse(seed, 4, 200, 'honest'));
    const tally = results.map(tallyOf).reduce(addTallies, emptyTally);
    const commits = results.map((result) => result.commits).sort((a, b) => a - b);
    expect(tally.seeds).toBe(3);
    expect(tally.steps).toBe(results.reduce((sum, { steps }) => sum + steps, 0));
    expect(medianOf(tally.commits)).toBe(commits[1]);
  });
});

describe('signature watch', () => {
  const network = 'cd'.repeat(32) as NetworkId;
  const signer = 'v0' as ValidatorId;
  const signedContent = (message: Uint8Array): SlotContent => readSlot(message)!;
  const vote = (kind: VoteKind, view: number, content: string): SlotContent =>
    signedContent(
      voteSigningBytes(network, {
        kind,
        epoch: epochOf(0),
        view: viewOf(view),
        sequence: heightOf(kind === 'view-change' ? 0 : 3),
        content: content.repeat(32) as Digest,
        sender: signer,
      }),
    );
  const seal = (block: string): SlotContent =>
    signedContent(
      sealSigningBytes(network, {
        epoch: epochOf(0),
        height: heightOf(3),
        block: block.repeat(32) as BlockHash,
      }),
    );

  it('lets the same be signed again, and nothing else in its slot', () => {
    const watch = createSignatureWatch();
    expect(watch.check(signer, vote('prepare', 0, 'aa'))).toBeUndefined();
    expect(watch.check(signer, vote('prepare', 0, 'aa'))).toBeUndefined();
    expect(watch.check(signer, vote('commit', 0, 'bb'))).toBeUndefined();
    expect(watch.check('v1' as ValidatorId, vote('prepare', 0, 'bb'))).toBeUndefined();
    expect(watch.check(signer, vote('prepare', 0, 'bb'))).toContain('signed twice');
  });

  it('knows one seal for a height, whatever the view', () => {
    const watch = createSignatureWatch();
    expect(watch.check(signer, seal('aa'))).toBeUndefined();
    expect(watch.check(signer, seal('bb'))).toContain('signed twice');
  });

  it('forbids new votes below a signed VIEW-CHANGE (rule N7)', () => {
    const watch = createSignatureWatch();
    watch.check(signer, vote('prepare', 0, 'aa'));
    watch.check(signer, vote('view-change', 2, 'cc'));
    expect(watch.check(signer, vote('prepare', 0, 'aa'))).toBeUndefined();
    expect(watch.check(signer, vote('commit', 1, 'aa'))).toContain('N7');
    expect(watch.check(signer, vote('commit', 2, 'aa'))).toBeUndefined();
  });
});

describe('keyed signatures', () => {
  const message = new TextEncoder().encode('a message');
  it('are refused under another key, for another message, and when changed', () => {
    const signature = signKeyed(keyOfSeat(1), message);
    expect(verifyKeyed(keyOfSeat(1), message, signature)).toBe(true);
    expect(verifyKeyed(keyOfSeat(2), message, signature)).toBe(false);
    expect(verifyKeyed(keyOfSeat(1), message.subarray(1), signature)).toBe(false);
    expect(verifyKeyed(keyOfSeat(1), message, signature.subarray(1))).toBe(false);
    const changed = signature.slice();
    changed[63]! ^= 1;
    expect(verifyKeyed(keyOfSeat(1), message, changed)).toBe(false);
    expect(keyOfSeat(1)).not.toBe(zeroDigest);
  });
});

describe('virtual time', () => {
  it('runs events in order, equal instants in the order in which they were made, cancelled ones never', () => {
    const queue = createEventQueue();
    const prng = createPrng(3);
    const ran: string[] = [];
    for (let index = 0; index < 200; index += 1) {
      const atMs = prng.below(20);
      queue.after(atMs, () => ran.push(`${String(atMs).padStart(2, '0')} ${String(index).padStart(3, '0')}`));
    }
    queue.after(5, () => ran.push('never')).cancelled = true;
    while (queue.runNext());
    expect(ran).toHaveLength(200);
    expect(ran).toEqual([...ran].sort());
    expect(queue.nowMs()).toBe(19);
  });
});
