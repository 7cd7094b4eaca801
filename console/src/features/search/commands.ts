import { Clock, type LucideIcon, Moon, Pause } from 'lucide-react';
import { places, settingsPlace } from '../../app/places.ts';
import { live, setPaused } from '../../lib/live.ts';
import { preferences, timeModes, updatePreferences } from '../../lib/preferences.ts';

export interface Command {
  readonly name: string;
  readonly about: string;
  readonly icon: LucideIcon;
  readonly run: (go: (path: string) => void) => void;
}

const commands: readonly Command[] = [
  ...[...places, settingsPlace].map(
    ({ path, name, about, icon }): Command => ({ name: `Go to ${name}`, about, icon, run: (go) => go(path) }),
  ),
  {
    name: 'Pause or resume live updates',
    about: 'Nothing is lost: it goes on where it stopped',
    icon: Pause,
    run: () => setPaused(!live.get().paused),
  },
  {
    name: 'Switch between light and dark',
    about: 'Settings can follow the system instead',
    icon: Moon,
    run: () => updatePreferences({ theme: isDark() ? 'light' : 'dark' }),
  },
  {
    name: 'Switch UTC, local time, age',
    about: 'How moments are written',
    icon: Clock,
    run: () => {
      const at = timeModes.indexOf(preferences.get().time);
      updatePreferences({ time: timeModes[(at + 1) % timeModes.length] ?? 'utc' });
    },
  },
];

/** Those whose name or description contains every word; all of them for an empty text. */
export function matchingCommands(text: string): readonly Command[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return commands.filter(({ name, about }) => {
    const line = `${name} ${about}`.toLowerCase();
    return words.every((word) => line.includes(word));
  });
}

function isDark(): boolean {
  const { theme } = preferences.get();
  return theme === 'dark' || (theme === 'system' && matchMedia('(prefers-color-scheme: dark)').matches);
}
