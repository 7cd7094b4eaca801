/** Kinds of universes: the usual mix, and mixes that lean on one rule so that a bug in it shows soon. */
import { faultsTolerated } from '../../shared/protocol/quorum.ts';
import type { ValidatorId } from '../../shared/types/brands.ts';
import type { NetworkParameters } from '../../shared/types/parameters.ts';
import type { Prng } from './prng.ts';
import { drawRoster, type Role, type Roster, rosterOf } from './roster.ts';
import { never, type Settings } from './settings.ts';

export interface Profile {
  readonly about: string;
  shape(settings: Settings): Settings;
  /** When the others heal, f replicas are lost for good. */
  readonly losesSome?: boolean;
  /** Ends with the schedule of last-commit.ts; nobody submits anything after it. */
  readonly endsQuietly?: boolean;
  /** After healing the primary is lost, and the others agree within this time. */
  readonly aftershockMs?: number;
  /** Instead of who is drawn to be faulty. */
  roster?(prng: Prng, ids: readonly ValidatorId[]): Roster;
  /** Up to f replicas come back with an empty disk. */
  readonly wipes?: boolean;
  /** Frames are decoded on their way, to see what they lead to (rules V5, V6). */
  readonly watchesLinks?: boolean;
  /** Frames are decoded on their way, to see that what is of the next epoch is held (rule M3). */
  readonly watchesBoundary?: boolean;
  /** Nothing goes wrong: whoever suspects a primary is wrong (rule V1). */
  readonly blamesNobody?: boolean;
}

export type ProfileName =
  | 'usual'
  | 'honest'
  | 'too-many-twins'
  | 'some-lost'
  | 'primary-lost'
  | 'narrow-window'
  | 'restless'
  | 'restless-some-lost'
  | 'restless-watched'
  | 'last-commit'
  | 'short-drift'
  | 'stepping-clock'
  | 'wiped-disk'
  | 'forger'
  | 'turncoat'
  | 'stale-proposer'
  | 'epochs'
  | 'idle-epochs'
  | 'epochs-watched'
  | 'epoch-meddler'
  | 'rotations'
  | 'payloads'
  | 'new-stores'
  | 'client-keys'
  | 'blameless';

/** As usual, and somebody who comes back without its votes in a third of the seeds (rule D3). */
function drawForgetful(prng: Prng, ids: readonly ValidatorId[]): Roster {
  const forgetful: Role = prng.pick(['wiped', 'rolled-back']);
  return prng.chance(0.35) ? one(forgetful)(prng, ids) : drawRoster(prng, ids, 0.5);
}

/** As usual, and in half of the seeds somebody who keeps what others need, or fills them with what nobody needs. */
function drawKeeper(prng: Prng, ids: readonly ValidatorId[]): Roster {
  const keeper: Role = prng.pick(['withholder', 'hoarder']);
  return prng.chance(0.5) ? one(keeper)(prng, ids) : drawRoster(prng, ids, 0.5);
}

/** What eight payloads take that are not ordered yet. */
const smallRoomBytes = 8 * 1024;

/** Nobody is faulty for good, beyond what the profile itself says. */
const unshaped = (settings: Settings): Settings => ({ ...settings, faultyShare: 0 });

const one =
  (role: Role) =>
  (prng: Prng, ids: readonly ValidatorId[]): Roster =>
    rosterOf(new Map([[prng.pick(ids), role]]));

function withParameters(settings: Settings, parameters: Partial<NetworkParameters>): Settings {
  return { ...unshaped(settings), parameters: { ...settings.parameters, ...parameters } };
}

/** Nothing goes wrong, and nobody is faulty. */
const calm = (settings: Settings): Settings => ({
  ...unshaped(settings),
  loss: 0,
  stragglers: 0,
  crashEveryMs: never,
  partitionEveryMs: never,
  diskFaultEveryMs: never,
  clockStepEveryMs: never,
});

/** Views change before much is decided: what prepared in one is often not what prepares in the next. */
function restless(settings: Settings): Settings {
  const shaken = { ...settings, loss: 0.25, stragglers: 0.2, stragglerMs: 500, partitionEveryMs: 150 };
  return withParameters(shaken, {
    primarySilenceMs: 130,
    viewTimeoutMs: 60,
    waitingTimeoutMs: 120,
    viewTimeoutMaxMs: 600,
  });
}

/** Epoch follows epoch, in the usual mix. */
const changing = (settings: Settings): Settings => ({
  ...settings,
  parameters: { ...settings.parameters, window: 4 },
  activationEveryMs: 60,
  spares: 3,
});

export const profiles: { readonly [name in ProfileName]: Profile } = {
  usual: {
    about:
      'every seed draws its own mix of loss, delay, crashes, partitions, bad disks and clocks, and of liars',
    shape: (settings) => settings,
  },
  honest: { about: 'the usual mix, and nobody is faulty for good', shape: unshaped },
  'too-many-twins': {
    about: 'f+1 replicas are twins that agree on whom to tell what: a fork must be found',
    shape: (settings) => ({
      ...settings,
      loss: 0,
      crashEveryMs: never,
      partitionEveryMs: never,
      diskFaultEveryMs: never,
    }),
    roster: (_prng, ids) =>
      rosterOf(
        new Map(
          ids.slice(0, faultsTolerated(ids.length) + 1).map((id): [ValidatorId, Role] => [id, 'twins']),
        ),
      ),
  },
  'some-lost': {
    about: 'the usual mix; when the others heal, f replicas are lost for good',
    shape: unshaped,
    losesSome: true,
  },
  'primary-lost': {
    about: 'many view changes under uncapped timeouts; once all agree again the primary is lost',
    shape: (settings) => withParameters(restless(settings), { viewTimeoutMaxMs: 600_000 }),
    aftershockMs: 2_000,
  },
  'narrow-window': {
    about: 'a window of two, so that replicas are at its edge all the time',
    shape: (settings) => withParameters(settings, { window: 2 }),
  },
  restless: {
    about: 'loss, stragglers and short timeouts: views change before much is decided',
    shape: restless,
  },
  'restless-some-lost': {
    about: 'as restless; when the others heal, f replicas are lost for good',
    shape: restless,
    losesSome: true,
  },
  'restless-watched': {
    about: 'as restless, with every frame looked at',
    shape: (settings) => ({ ...restless(settings), cryptoIsSlow: false }),
    watchesLinks: true,
  },
  'last-commit': {
    about: 'calm; at the end one-way loss after a commit, played by hand (last-commit.ts)',
    shape: (settings) => ({ ...calm(settings), cryptoIsSlow: false }),
    endsQuietly: true,
  },
  'short-drift': {
    about: 'batches are old after half a second; f replicas are lost for good',
    shape: (settings) => withParameters({ ...settings, clockSkewMaxMs: 50 }, { driftMs: 500 }),
    losesSome: true,
  },
  'stepping-clock': {
    about: 'clocks tick every two seconds, across the end of a minute in which transactions expire',
    shape: (settings) => ({
      ...unshaped(settings),
      clockRateMax: 0,
      clockStepEveryMs: never,
      clockSkewMaxMs: 0,
      clockAheadMs: 17_000,
      clockGrainMs: 2_000,
      lifeMinMs: 18_500,
    }),
  },
  'wiped-disk': {
    about: 'power failures, and up to f replicas come back with an empty disk',
    shape: (settings) => ({ ...unshaped(settings), crashEveryMs: 250, powerFailure: 0.5, downMaxMs: 150 }),
    wipes: true,
  },
  forger: {
    about: 'one replica sends VIEW-CHANGEs with prepared certificates that nobody signed',
    shape: unshaped,
    roster: one('claim-forger'),
  },
  turncoat: { about: 'one replica says two things in every slot', shape: unshaped, roster: one('turncoat') },
  epochs: {
    about: 'members change the set, keys, vote stores and parameters: epoch follows epoch in the usual mix',
    shape: changing,
    roster: drawForgetful,
  },
  'idle-epochs': {
    about: 'calm; nobody submits anything, and epochs follow one another all the same',
    shape: (settings) => ({ ...changing(calm(settings)), submitEveryMs: never }),
  },
  'epochs-watched': {
    about: 'as epochs, nobody is faulty for good, and every frame is looked at',
    shape: (settings) => ({ ...changing(unshaped(settings)), cryptoIsSlow: false }),
    watchesBoundary: true,
  },
  'epoch-meddler': {
    about: 'as epochs, and one replica signs its messages with another view, sequence, epoch or digest',
    shape: changing,
    roster: one('meddler'),
  },
  rotations: {
    about: 'keys are replaced all the time on a sound network; primaries crash, and come back soon',
    shape: (settings) => {
      const changed = changing(calm(settings));
      return {
        ...withParameters(changed, { window: 2, primarySilenceMs: 150, viewTimeoutMs: 100 }),
        wishes: ['rotation', 'keys by ballots'],
        activationEveryMs: 20,
        spares: 0,
        crashEveryMs: 100,
        downMaxMs: 200,
        delayMaxMs: 5,
        fsyncMaxMs: 5,
      };
    },
  },
  payloads: {
    about:
      'half of what is appended has a payload; members erase some, which clients name again, some withhold them, and rooms for them are small',
    shape: (settings) => ({
      ...settings,
      tuning: {
        ...settings.tuning,
        payloadScan: 8,
        payloadScanMs: 5,
        payloadRetryMs: 40,
        payloadDropMs: 50,
        repairRestMs: 300,
        loosePayloadBytesMax: smallRoomBytes,
        loosePayloadBytesPerPeerMax: smallRoomBytes,
      },
      activationEveryMs: 400,
      payloadShare: 0.5,
    }),
    roster: drawKeeper,
  },
  'new-stores': {
    about: 'one replica comes back with an older copy, and the members register the store that it has then',
    shape: (settings) => ({
      ...changing(calm(settings)),
      wishes: ['vote store', 'vote store', 'rotation'],
      spares: 0,
      submitEveryMs: 300,
      submitMax: 4,
    }),
    roster: one('rolled-back'),
  },
  'client-keys': {
    about: 'a client replaces its key again and again, and old and new ones sign all the time',
    shape: (settings) => ({
      ...settings,
      parameters: { ...settings.parameters, driftMs: 2_000 },
      keyChangeEveryMs: 60,
    }),
  },
  blameless: {
    about:
      'calm; a client replaces its key all the time, clocks differ by as much as they may: nobody suspects a primary',
    shape: (settings) => ({
      ...withParameters(calm(settings), {
        driftMs: 8_000,
        batchLimit: 8,
        waitingTimeoutMs: 1_500,
        primarySilenceMs: 1_000,
      }),
      clockSkewMaxMs: 3_900,
      keyChangeEveryMs: 60,
    }),
    blamesNobody: true,
  },
  'stale-proposer': {
    about: 'one replica proposes again what ran before',
    shape: (settings) => withParameters(settings, { batchLimit: 8 }),
    roster: one('stale-proposer'),
  },
};
