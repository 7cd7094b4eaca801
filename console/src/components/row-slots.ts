import { useLayoutEffect, useRef } from 'react';

/** Which element of the table shows which row, by the keys of the rows, in the order of the table. */
export type RowSlots = ReadonlyMap<string, number>;

/**
 * A row that stays keeps its element, and with it the focus. One that comes takes over the element of one that has
 * gone: to write other text into 35 rows costs a fraction of making 35 new ones, which a fast scroll asks for in each
 * frame. Only rows that come above one that stays get new elements, since to put an old one there would move all others.
 */
export function assignSlots(before: RowSlots, keys: readonly string[]): RowSlots {
  const stays = new Set(keys.flatMap((key) => before.get(key) ?? []));
  const free = [...before.values()].filter((slot) => !stays.has(slot));
  const firstThatStays = keys.findIndex((key) => before.has(key));
  let unused = Math.max(-1, ...before.values()) + 1;
  return new Map(
    keys.map((key, at) => {
      const mayReuse = at > firstThatStays;
      const slot = before.get(key) ?? (mayReuse ? free.shift() : undefined);
      return [key, slot ?? unused++];
    }),
  );
}

/** The slots of the rows that are rendered now. */
export function useRowSlots(keys: readonly string[]): RowSlots {
  const shown = useRef<RowSlots>(new Map());
  const slots = assignSlots(shown.current, keys);
  useLayoutEffect(() => {
    shown.current = slots;
  });
  return slots;
}
