/** Kinds of universes: the usual mix, and mixes that lean on one rule so that a bug in it shows soon. */
import type { Prng } from './prng.ts';
import type { Settings } from './settings.ts';

export interface Profile {
  readonly about: string;
  shape(settings: Settings, prng: Prng): Settings;
  /** When the others heal, f replicas are lost for good. */
  readonly losesSome?: boolean;
}

export type ProfileName = 'usual' | 'some-lost' | 'narrow-window';

export const profiles: { readonly [name in ProfileName]: Profile } = {
  usual: {
    about: 'every seed draws its own mix of loss, delay, crashes and partitions',
    shape: (settings) => settings,
  },
  'some-lost': {
    about: 'the usual mix; when the others heal, f replicas are lost for good',
    shape: (settings) => settings,
    losesSome: true,
  },
  'narrow-window': {
    about: 'a window of two, so that replicas are at its edge all the time',
    shape: (settings) => ({ ...settings, parameters: { ...settings.parameters, window: 2 } }),
  },
};
