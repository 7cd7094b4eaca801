import { useQuery } from '@tanstack/react-query';
import { CircleHelp, CircleUserRound, Monitor, Moon, Pause, Play, Search, Settings, Sun } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { NavLink, useNavigate } from 'react-router';
import { Button, buttonClass } from '../components/Button.tsx';
import { sessionQuery } from '../features/sign-in/api/session.ts';
import { announce } from '../lib/announce.ts';
import { cx } from '../lib/cx.ts';
import { formatDuration, shortenHash } from '../lib/format.ts';
import { useHotkeys } from '../lib/hotkeys.ts';
import { setPaused, useLive } from '../lib/live.ts';
import { useNow } from '../lib/now.ts';
import { pin } from '../lib/pin.ts';
import { type Theme, themes, updatePreferences, usePreferences } from '../lib/preferences.ts';
import { statusQuery } from '../lib/queries.ts';
import { useStore } from '../lib/store.ts';
import styles from './TopBar.module.css';

const loadSearch = () => import('../features/search/SearchDialog.tsx');
const SearchDialog = lazy(loadSearch);
// Loaded early: what is typed right after the key must not be lost.
setTimeout(loadSearch, 1_000);
const HelpDialog = lazy(() => import('./HelpDialog.tsx'));

export function TopBar() {
  const [open, setOpen] = useState<'search' | 'help' | undefined>();
  const navigate = useNavigate();
  useHotkeys({
    '/': () => setOpen('search'),
    'ctrl+k': () => setOpen('search'),
    '?': () => setOpen('help'),
  });
  const close = () => setOpen(undefined);
  return (
    <header className={styles.bar}>
      <Button look="secondary" onPress={() => setOpen('search')}>
        <span className={styles.search}>
          <Search size={15} aria-hidden />
          <span className={styles.searchText}>Search height, hash, id, stream…</span>
          <kbd className={styles.key}>/</kbd>
        </span>
      </Button>
      <div className={styles.tools}>
        <NetworkChip />
        <IdentityChip />
        <LiveButton />
        <ThemeButton />
        <span className={styles.wideOnly}>
          <Button look="quiet" iconOnly aria-label="Keyboard help" onPress={() => setOpen('help')}>
            <CircleHelp size={18} aria-hidden />
          </Button>
        </span>
        <span className={styles.narrowOnly}>
          <NavLink to="/settings" className={buttonClass('quiet', true)} aria-label="Settings">
            <Settings size={18} aria-hidden />
          </NavLink>
        </span>
      </div>
      <Suspense>
        {open === 'search' && <SearchDialog onClose={close} onGo={(path) => void navigate(path)} />}
        {open === 'help' && <HelpDialog onClose={close} />}
      </Suspense>
    </header>
  );
}

function NetworkChip() {
  const { data } = useQuery(statusQuery);
  const pinned = useStore(pin);
  if (data === undefined || pinned?.network !== data.network) return null;
  return (
    <NavLink to="/settings" className={styles.chip ?? ''} title={`Pinned network ${data.network}`}>
      <span className={styles.chipName}>{data.networkName}</span>
      <code>{shortenHash(data.network).slice(0, 4)}</code>
      <span className={styles.node}>{data.node}</span>
    </NavLink>
  );
}

/** Who is signed in here; on a narrow screen Settings say it. */
function IdentityChip() {
  const { data: status } = useQuery(statusQuery);
  const { data } = useQuery({ ...sessionQuery, enabled: status !== undefined });
  if (data === undefined) return null;
  const { identity, memberName, roles } = data;
  return (
    <NavLink
      to="/settings"
      className={cx(styles.chip, styles.identity)}
      title={`Signed in as ${identity} of ${memberName}: ${roles.join(', ')}`}
    >
      <CircleUserRound size={14} aria-hidden />
      <span className={styles.chipText}>{identity}</span>
    </NavLink>
  );
}

/** Says whether what is on screen is fresh, and stops or resumes it. */
function LiveButton() {
  const { connection, paused, heardAt } = useLive();
  const now = useNow(1000);
  const broken = !paused && connection !== 'open';
  const word = paused ? 'Paused' : broken ? staleWord(heardAt, now) : 'Live';
  const press = () => {
    setPaused(!paused);
    announce(paused ? 'Live again, from where it stopped' : 'Paused');
  };
  return (
    <Button look="quiet" onPress={press} aria-label={`${word}. ${paused ? 'Resume' : 'Pause'} live updates`}>
      <span
        className={paused ? styles.dotPaused : broken ? styles.dotBroken : styles.dotLive}
        aria-hidden="true"
      />
      <span className={styles.liveWord}>{word}</span>
      {paused ? <Play size={15} aria-hidden /> : <Pause size={15} aria-hidden />}
    </Button>
  );
}

function staleWord(heardAt: number, now: number): string {
  return heardAt === 0 ? 'Connecting' : `Stale, ${formatDuration(now - heardAt)}`;
}

const themeIcons = { system: Monitor, light: Sun, dark: Moon };

function ThemeButton() {
  const { theme } = usePreferences();
  const Icon = themeIcons[theme];
  const next = themes[(themes.indexOf(theme) + 1) % themes.length] as Theme;
  const press = () => {
    updatePreferences({ theme: next });
    announce(`Theme: ${next}`);
  };
  return (
    <Button look="quiet" iconOnly onPress={press} aria-label={`Theme: ${theme}. Switch to ${next}`}>
      <Icon size={18} aria-hidden />
    </Button>
  );
}
