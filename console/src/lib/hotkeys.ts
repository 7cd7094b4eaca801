import { useEffect, useRef } from 'react';

/** `key` as KeyboardEvent names it, with `ctrl+` for Control or Command. */
export type Hotkeys = { readonly [key: string]: () => void };

/** Page-wide keys. Plain ones are ignored while typing and while an overlay is open. */
export function useHotkeys(keys: Hotkeys): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const action = latest.current[nameOf(event)];
      if (action === undefined || event.defaultPrevented || isBlocked(event)) return;
      event.preventDefault();
      action();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}

function nameOf(event: KeyboardEvent): string {
  return event.ctrlKey || event.metaKey ? `ctrl+${event.key.toLowerCase()}` : event.key;
}

function isBlocked(event: KeyboardEvent): boolean {
  if (event.altKey) return true;
  if (event.ctrlKey || event.metaKey) return false;
  const target = event.target instanceof Element ? event.target : undefined;
  const typing = target?.closest('input, textarea, select, [contenteditable], [role=menu], [role=listbox]');
  return Boolean(typing) || document.querySelector('[role=dialog]') !== null;
}
