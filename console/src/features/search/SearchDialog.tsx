import { useQuery } from '@tanstack/react-query';
import { Search } from 'lucide-react';
import { useState } from 'react';
import { Autocomplete } from 'react-aria-components/Autocomplete';
import { Input } from 'react-aria-components/Input';
import { ListBox, ListBoxItem } from 'react-aria-components/ListBox';
import { SearchField } from 'react-aria-components/SearchField';
import { Overlay } from '../../components/Overlay.tsx';
import { cx } from '../../lib/cx.ts';
import { searchQuery } from './api/search.ts';
import { type Command, matchingCommands } from './commands.ts';
import { type Destination, destinationOf } from './destinations.ts';
import styles from './SearchDialog.module.css';

export interface SearchDialogProps {
  readonly onClose: () => void;
  readonly onGo: (path: string) => void;
}

/** One box for everything that has a name, and for commands. */
export default function SearchDialog({ onClose, onGo }: SearchDialogProps) {
  const [text, setText] = useState('');
  const wanted = text.trim();
  const answer = useQuery(searchQuery(wanted));
  const found = wanted === '' ? [] : (answer.data?.hits ?? []).map(destinationOf);
  const commands = matchingCommands(wanted);
  const choose = (key: string) => {
    onClose();
    const destination = found.find(({ path }) => path === key);
    if (destination !== undefined) return onGo(destination.path);
    commands.find(({ name }) => name === key)?.run(onGo);
  };
  return (
    <Overlay label="Search" onClose={onClose}>
      <Autocomplete inputValue={text} onInputChange={setText}>
        <SearchField
          aria-label="Search height, hash, id, identity or stream"
          className={cx(styles.field)}
          autoFocus
        >
          <Search size={18} aria-hidden />
          <Input className={cx(styles.input)} placeholder="Height, hash, transaction id, identity, stream…" />
          <kbd className={styles.key}>Esc</kbd>
        </SearchField>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: on low screens it scrolls, and scrolling needs the keyboard */}
        <section className={styles.scroll} aria-label="Matches" tabIndex={0}>
          <ListBox
            aria-label="Matches and commands"
            className={cx(styles.list)}
            onAction={(key) => choose(String(key))}
            renderEmptyState={() => (
              <p className={styles.none}>{emptyText(wanted, answer.isFetching, answer.error)}</p>
            )}
          >
            {[...found.map(hitItem), ...commands.map(commandItem)]}
          </ListBox>
        </section>
      </Autocomplete>
      <p className={styles.hint} role="status">
        {found.length === 0 && wanted !== '' && commands.length > 0
          ? emptyText(wanted, answer.isFetching, answer.error)
          : '↑ ↓ to move, Enter to open'}
      </p>
    </Overlay>
  );
}

function emptyText(wanted: string, searching: boolean, error: Error | null): string {
  if (searching) return 'Searching…';
  if (error !== null) return `The node could not search: ${error.message}.`;
  return `Nothing certified matches “${wanted}”.`;
}

function hitItem({ path, title, why, kind }: Destination) {
  return (
    <ListBoxItem key={path} id={path} textValue={title} className={cx(styles.item)}>
      <span className={styles.kind}>{kind}</span>
      <span className={styles.title}>{title}</span>
      <span className={styles.why}>{why}</span>
    </ListBoxItem>
  );
}

function commandItem({ name, about, icon: Icon }: Command) {
  return (
    <ListBoxItem key={name} id={name} textValue={name} className={cx(styles.item, styles.command)}>
      <span className={styles.kind}>
        <Icon size={16} aria-hidden />
      </span>
      <span className={styles.title}>{name}</span>
      <span className={styles.why}>{about}</span>
    </ListBoxItem>
  );
}
