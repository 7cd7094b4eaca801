/** Text interned to small integers: a name is stored once and compared as a number. */
import type { Database } from './database.ts';

export type TermKind = 'sender' | 'receiver' | 'action' | 'stream' | 'label' | 'status' | 'asset' | 'time';

export interface Terms {
  /** Creates the term if it is new. */
  intern(kind: TermKind, text: string): number;
  find(kind: TermKind, text: string): number | undefined;
  text(id: number): string;
}

const cachedMax = 200_000;

export function openTerms(database: Database): Terms {
  const select = database
    .prepare<[string, string], number>('SELECT id FROM terms WHERE kind = ? AND text = ?')
    .pluck();
  const insert = database.prepare('INSERT INTO terms (kind, text) VALUES (?, ?)');
  const selectText = database.prepare<[number], string>('SELECT text FROM terms WHERE id = ?').pluck();
  const ids = new Map<string, number>();

  function find(kind: TermKind, text: string): number | undefined {
    const name = `${kind}/${text}`;
    const known = ids.get(name) ?? select.get(kind, text);
    if (known !== undefined) remember(name, known);
    return known;
  }

  function remember(name: string, id: number): void {
    if (ids.size >= cachedMax) ids.clear();
    ids.set(name, id);
  }

  return {
    find,
    intern: (kind, text) => {
      const known = find(kind, text);
      if (known !== undefined) return known;
      const id = Number(insert.run(kind, text).lastInsertRowid);
      remember(`${kind}/${text}`, id);
      return id;
    },
    text: (id) => selectText.get(id) ?? '',
  };
}
