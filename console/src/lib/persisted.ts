import { createStore, type Store } from './store.ts';

/**
 * A store that survives a reload. Without storage (private windows, full quota) it lives for this page only.
 * @param read turns whatever is stored into a valid state; it gets `undefined` when nothing is.
 */
export function createPersistedStore<State>(key: string, read: (stored: unknown) => State): Store<State> {
  const store = createStore(read(readJson(key)));
  store.subscribe(() => writeJson(key, store.get()));
  window.addEventListener('storage', (event) => {
    if (event.key === key) store.set(read(readJson(key)));
  });
  return store;
}

function readJson(key: string): unknown {
  try {
    const text = localStorage.getItem(key);
    return text === null ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function writeJson(key: string, value: unknown): void {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch (error) {
    console.warn('Settings could not be stored; they last until this page is closed.', error);
  }
}
