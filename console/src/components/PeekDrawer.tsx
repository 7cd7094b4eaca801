import { X } from 'lucide-react';
import { type ReactNode, useEffect, useRef } from 'react';
import { announce } from '../lib/announce.ts';
import { Button } from './Button.tsx';
import styles from './PeekDrawer.module.css';

export interface PeekDrawerProps {
  /** Of the record: "Block 1,204". */
  readonly name: string;
  readonly onMove: (step: 1 | -1) => void;
  /** Goes to the record's own page. */
  readonly onOpen: () => void;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/**
 * A record beside its list, which stays usable: no modal dialog. It has the focus; arrows, or j and k, go on to the
 * next record, Enter opens this one, Space or Esc closes.
 */
export function PeekDrawer(props: PeekDrawerProps) {
  const { name, onClose, children } = props;
  const drawer = useRef<HTMLElement>(null);
  const latest = useRef(props);
  latest.current = props;
  useEffect(() => {
    drawer.current?.focus({ preventScroll: true });
    const onKey = (event: KeyboardEvent) => {
      const action = actionOf(event, drawer.current);
      if (action === undefined || event.defaultPrevented || isElsewhere(event)) return;
      event.preventDefault();
      action(latest.current);
    };
    // Before the list behind it hears the key.
    document.addEventListener('keydown', onKey, { capture: true });
    return () => document.removeEventListener('keydown', onKey, { capture: true });
  }, []);
  const shown = useRef(name);
  useEffect(() => {
    // The first name is read with the focus.
    if (shown.current !== name) announce(name);
    shown.current = name;
  }, [name]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it takes the focus, and what is longer than the window scrolls in it
    <section ref={drawer} className={styles.drawer} aria-label={name} tabIndex={0} data-peek="">
      <header className={styles.header}>
        <h2>{name}</h2>
        <p className={styles.keys}>
          <kbd>↑</kbd> <kbd>↓</kbd> next record, <kbd>Enter</kbd> open, <kbd>Esc</kbd> close
        </p>
        <Button look="quiet" iconOnly aria-label="Close" onPress={onClose}>
          <X size={16} aria-hidden />
        </Button>
      </header>
      <div className={styles.body}>{children}</div>
    </section>
  );
}

function actionOf(
  { key, target }: KeyboardEvent,
  drawer: HTMLElement | null,
): ((props: PeekDrawerProps) => void) | undefined {
  const isOnDrawer = target === drawer;
  if (key === 'Escape' || (key === ' ' && isOnDrawer)) return ({ onClose }) => onClose();
  if (key === 'Enter' && isOnDrawer) return ({ onOpen }) => onOpen();
  if (key === 'ArrowDown' || key === 'j') return ({ onMove }) => onMove(1);
  if (key === 'ArrowUp' || key === 'k') return ({ onMove }) => onMove(-1);
  return undefined;
}

/** Where arrows and letters mean something else: fields, values that scroll, what lies over the page. */
function isElsewhere({ target, altKey, ctrlKey, metaKey }: KeyboardEvent): boolean {
  if (altKey || ctrlKey || metaKey || document.querySelector('[role=dialog]') !== null) return true;
  const isField = 'input, textarea, select, pre, [contenteditable], [role=menu], [role=listbox]';
  return target instanceof Element && target.closest(isField) !== null;
}
