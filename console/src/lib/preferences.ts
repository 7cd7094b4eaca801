import { createPersistedStore } from './persisted.ts';
import { useStore } from './store.ts';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];
export const timeModes = ['utc', 'local', 'age'] as const;
export type TimeMode = (typeof timeModes)[number];

export interface Preferences {
  readonly theme: Theme;
  readonly time: TimeMode;
  /** Origin of the gateway to ask; empty means the one that served this page. */
  readonly gateway: string;
  /** Origin of another gateway that the first one is compared with; empty for none. */
  readonly second: string;
  readonly railCollapsed: boolean;
}

export const preferences = createPersistedStore<Preferences>('concordat.preferences', readPreferences);
preferences.subscribe(() => applyTheme(preferences.get().theme));

export function updatePreferences(change: Partial<Preferences>): void {
  preferences.set({ ...preferences.get(), ...change });
}

export const usePreferences = (): Preferences => useStore(preferences);

function readPreferences(stored: unknown): Preferences {
  const found: { readonly [name: string]: unknown } =
    typeof stored === 'object' && stored !== null ? { ...stored } : {};
  return {
    theme: themes.find((theme) => theme === found.theme) ?? 'system',
    time: timeModes.find((mode) => mode === found.time) ?? 'utc',
    gateway: typeof found.gateway === 'string' ? found.gateway : '',
    second: typeof found.second === 'string' ? found.second : '',
    railCollapsed: found.railCollapsed === true,
  };
}

function applyTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}
