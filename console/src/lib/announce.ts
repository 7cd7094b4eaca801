import { createStore } from './store.ts';

/** What a screen reader should say now; rendered by `Announcer`. */
export const announcement = createStore('');

export function announce(message: string): void {
  // An equal message twice in a row would not be read again.
  announcement.set(announcement.get() === message ? `${message} ` : message);
}
