import { Lock, PanelLeft } from 'lucide-react';
import type { ReactNode } from 'react';
import { NavLink } from 'react-router';
import { Announcer } from '../components/Announcer.tsx';
import { Button } from '../components/Button.tsx';
import { IdleLock } from '../features/submit/components/IdleLock.tsx';
import { cx } from '../lib/cx.ts';
import { updatePreferences, usePreferences } from '../lib/preferences.ts';
import { Mark } from './Icons.tsx';
import { MoreTab } from './More.tsx';
import { type Place, type PlaceGroup, placeGroups, places, settingsPlace } from './places.ts';
import styles from './Shell.module.css';
import { TopBar } from './TopBar.tsx';
import { useClosedReason } from './useClosedReason.ts';

/** Rail, top bar and the room between them; on a narrow screen the rail becomes a bar at the bottom. */
export function Shell({ children }: { children: ReactNode }) {
  const { railCollapsed } = usePreferences();
  return (
    <div className={cx(styles.shell, railCollapsed && styles.collapsed)}>
      <a className={styles.skip} href="#main">
        Skip to content
      </a>
      <aside className={styles.rail} aria-label="Places">
        <NavLink to="/" className={cx(styles.brand)} aria-label="Concordat overview">
          <Mark />
          <span className={styles.word}>Concordat</span>
        </NavLink>
        <nav className={styles.nav} aria-label="Main">
          {placeGroups.map((group) => (
            <RailGroup key={group.places[0]?.path} group={group} />
          ))}
        </nav>
        <nav className={styles.nav} aria-label="Console">
          <RailLink place={settingsPlace} />
          <CollapseButton collapsed={railCollapsed} />
        </nav>
      </aside>
      <TopBar />
      <main id="main" className={styles.main} tabIndex={-1}>
        {children}
      </main>
      <nav className={styles.bottomBar} aria-label="Places">
        {places
          .filter(({ wideOnly }) => !wideOnly)
          .map(({ path, name, icon: Icon }) => (
            <NavLink key={path} to={path} end={path === '/'} className={cx(styles.tab)}>
              <Icon size={20} aria-hidden />
              <span>{name}</span>
            </NavLink>
          ))}
        <MoreTab />
      </nav>
      <IdleLock />
      <Announcer />
    </div>
  );
}

function RailGroup({ group: { name, places } }: { group: PlaceGroup }) {
  return (
    <div className={styles.group}>
      {name !== undefined && <span className={cx(styles.groupName, styles.word)}>{name}</span>}
      {places.map((place) => (
        <RailLink key={place.path} place={place} />
      ))}
    </div>
  );
}

/** What one may not do stays in its place, with the reason. */
function RailLink({ place }: { place: Place }) {
  const { path, name, icon: Icon } = place;
  const closed = useClosedReason(place);
  if (closed !== undefined) {
    return (
      // biome-ignore lint/a11y/useSemanticElements: an <a> without an address is no link to a screen reader
      <span
        role="link"
        aria-disabled="true"
        aria-label={`${name}: closed. ${closed}`}
        tabIndex={0}
        className={cx(styles.link, styles.closed)}
        title={closed}
      >
        <Icon size={18} aria-hidden />
        <span className={styles.word}>{name}</span>
        <Lock className={styles.lock} size={13} aria-hidden />
      </span>
    );
  }
  return (
    <NavLink to={path} end={path === '/'} className={cx(styles.link)} title={name}>
      <Icon size={18} aria-hidden />
      <span className={styles.word}>{name}</span>
    </NavLink>
  );
}

function CollapseButton({ collapsed }: { collapsed: boolean }) {
  return (
    <Button
      look="quiet"
      iconOnly
      aria-label={collapsed ? 'Widen the rail' : 'Narrow the rail'}
      onPress={() => updatePreferences({ railCollapsed: !collapsed })}
    >
      <PanelLeft size={18} aria-hidden />
    </Button>
  );
}
