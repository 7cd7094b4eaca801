/** Of a buffer that each peer, key or share has a part of: the fullest part, beside the most that one may hold (rule M3). */
import type { BufferFigure } from '../consensus/buffers.ts';

export function fullest(name: string, sizes: Iterable<number>, bound: number): BufferFigure {
  let size = 0;
  for (const one of sizes) size = Math.max(size, one);
  return { name, size, bound };
}
