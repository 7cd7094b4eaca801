/** Text interned to small integers: a name is stored once and compared as a number. */
import type { Database } from './database.ts';
import { type RecentMap, recentMap } from './recent-map.ts';

export type TermKind = 'sender' | 'receiver' | 'action' | 'stream' | 'label' | 'status' | 'asset' | 'time';

export interface Terms {
  /** Creates the term if it is new. */
  intern(kind: TermKind, text: string): number;
  find(kind: TermKind, text: string): number | undefined;
  text(id: number): string;
}

/** Of one kind. */
const cachedMax = 50_000;

export function openTerms(database: Database): Terms {
  const select = database
    .prepare<[string, string], number>('SELECT id FROM terms WHERE kind = ? AND text = ?')
    .pluck();
  const insert = database.prepare('INSERT INTO terms (kind, text) VALUES (?, ?)');
  const selectText = database.prepare<[number], string>('SELECT text FROM terms WHERE id = ?').pluck();
  const ids = new Map<TermKind, RecentMap<string, number>>();

  function idsOf(kind: TermKind): RecentMap<string, number> {
    const known = ids.get(kind);
    if (known !== undefined) return known;
    const fresh = recentMap<string, number>(cachedMax);
    ids.set(kind, fresh);
    return fresh;
  }

  function find(kind: TermKind, text: string): number | undefined {
    const known = idsOf(kind).get(text);
    if (known !== undefined) return known;
    const id = select.get(kind, text);
    if (id !== undefined) idsOf(kind).set(text, id);
    return id;
  }

  return {
    find,
    intern: (kind, text) => {
      const known = find(kind, text);
      if (known !== undefined) return known;
      const id = Number(insert.run(kind, text).lastInsertRowid);
      idsOf(kind).set(text, id);
      return id;
    },
    text: (id) => selectText.get(id) ?? '',
  };
}
