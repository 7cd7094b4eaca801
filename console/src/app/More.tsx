import { Ellipsis, Lock } from 'lucide-react';
import { useState } from 'react';
import { NavLink, useLocation } from 'react-router';
import { Overlay } from '../components/Overlay.tsx';
import { cx } from '../lib/cx.ts';
import styles from './More.module.css';
import { type Place, type PlaceGroup, placeGroups, settingsPlace } from './places.ts';
import shell from './Shell.module.css';
import { useClosedReason } from './useClosedReason.ts';

/** What does not fit into the bottom bar, in the groups of the rail. */
const groups: readonly PlaceGroup[] = [
  ...placeGroups.map((group) => ({ ...group, places: group.places.filter(({ wideOnly }) => wideOnly) })),
  { name: 'Console', places: [settingsPlace] },
].filter(({ places }) => places.length > 0);

const isHere = (pathname: string): boolean =>
  groups.some(({ places }) => places.some(({ path }) => pathname.startsWith(path)));

/** The last tab of the bottom bar: opens all other places. */
export function MoreTab() {
  const [open, setOpen] = useState(false);
  const { pathname } = useLocation();
  return (
    <>
      <button
        type="button"
        className={cx(shell.tab, isHere(pathname) && 'active')}
        aria-haspopup="dialog"
        aria-expanded={open}
        onClick={() => setOpen(true)}
      >
        <Ellipsis size={20} aria-hidden />
        <span>More</span>
      </button>
      {open && (
        <Overlay label="More places" onClose={() => setOpen(false)}>
          <nav className={styles.more} aria-label="More places">
            {groups.map(({ name, places }) => (
              <section key={name} className={styles.group} aria-label={name}>
                <h2 className={styles.name}>{name}</h2>
                {places.map((place) => (
                  <MoreLink key={place.path} place={place} onGo={() => setOpen(false)} />
                ))}
              </section>
            ))}
          </nav>
        </Overlay>
      )}
    </>
  );
}

function MoreLink({ place, onGo }: { place: Place; onGo: () => void }) {
  const { path, name, about, icon: Icon } = place;
  const closed = useClosedReason(place);
  const text = (
    <>
      <Icon size={20} aria-hidden />
      <span className={styles.words}>
        <span className={styles.title}>{name}</span>
        <span className={styles.about}>{closed ?? about}</span>
      </span>
      {closed !== undefined && <Lock size={14} aria-hidden />}
    </>
  );
  if (closed === undefined) {
    return (
      <NavLink to={path} className={cx(styles.link)} onClick={onGo}>
        {text}
      </NavLink>
    );
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: an <a> without an address is no link to a screen reader
    <span
      role="link"
      aria-disabled="true"
      aria-label={`${name}: closed. ${closed}`}
      tabIndex={0}
      className={cx(styles.link, styles.closed)}
    >
      {text}
    </span>
  );
}
