/**
 * What a node's directory takes on the disk, part by part, and how fast it grows: the bytes of a part by the share
 * of its transactions that came in the last day, or since the first block if the ledger is younger.
 */
import { readdirSync, type Stats, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Height, heightOf } from '../../shared/types/brands.ts';
import type { BlockRow, LedgerRows } from './ledger-file.ts';

export const diskParts = ['votes', 'ledger', 'derived', 'payloads', 'snapshots', 'log', 'other'] as const;
export type DiskPart = (typeof diskParts)[number];

export interface DiskUse {
  readonly directory: string;
  /** `growthPerDay` is 0 for what is bounded: votes, and snapshots of which the oldest leave. */
  readonly parts: readonly {
    readonly part: DiskPart;
    readonly bytes: number;
    readonly growthPerDay: number;
  }[];
  /** Of the file system; what this process may still write. */
  readonly freeBytes: number;
  readonly totalBytes: number;
  readonly growthPerDay: number;
  /** Until the file system is full at this rate; absent if nothing grows. */
  readonly daysLeft?: number;
  /** Milliseconds that the rate was measured over; 0 if there is no block yet. */
  readonly measuredOverMs: number;
}

type Rows = Pick<LedgerRows, 'tipHeight' | 'block' | 'base'>;

const dayMs = 24 * 3_600_000;

/** @param nowMs milliseconds since 1970 */
export function measureDisk(directory: string, rows: Rows, nowMs: number): DiskUse {
  const bytes = new Map<DiskPart, number>(diskParts.map((part) => [part, 0]));
  let logGrowth = 0;
  for (const { path, stats } of filesBelow(directory)) {
    const part = partOf(path);
    bytes.set(part, (bytes.get(part) ?? 0) + stats.size);
    if (part === 'log') logGrowth += perDay(stats.size, nowMs - stats.birthtimeMs);
  }
  const { share, windowMs } = recentShare(rows, nowMs);
  const parts = diskParts.map((part) => {
    const size = bytes.get(part) ?? 0;
    const grows = part === 'ledger' || part === 'derived' || part === 'payloads';
    const growth = part === 'log' ? logGrowth : grows ? perDay(size * share, windowMs) : 0;
    return { part, bytes: size, growthPerDay: Math.round(growth) };
  });
  const growthPerDay = parts.reduce((sum, part) => sum + part.growthPerDay, 0);
  const { bavail, blocks, bsize } = statfsSync(directory);
  const freeBytes = bavail * bsize;
  return {
    directory,
    parts,
    freeBytes,
    totalBytes: blocks * bsize,
    growthPerDay,
    ...(growthPerDay === 0 ? {} : { daysLeft: Math.floor(freeBytes / growthPerDay) }),
    measuredOverMs: windowMs,
  };
}

/** An hour at least: what a young node writes at first says little about a day. */
const perDay = (bytes: number, ms: number): number => (bytes * dayMs) / Math.max(ms, dayMs / 24);

function partOf(path: string): DiskPart {
  const [first = ''] = path.split('/');
  if (first === 'snapshots' || first.startsWith('joining.db')) return 'snapshots';
  if (first === 'log' || first.endsWith('.log')) return 'log';
  return (
    (['votes', 'ledger', 'derived', 'payloads'] as const).find((part) => first.startsWith(`${part}.db`)) ??
    'other'
  );
}

interface FoundFile {
  /** Below the directory, with `/` between. */
  readonly path: string;
  readonly stats: Stats;
}

/** What disappears meanwhile takes no space. */
function filesBelow(directory: string, prefix = ''): FoundFile[] {
  return readdirSync(join(directory, prefix), { withFileTypes: true }).flatMap((entry) => {
    const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
    if (entry.isDirectory()) return filesBelow(directory, path);
    const stats = statSync(join(directory, path), { throwIfNoEntry: false });
    return stats === undefined ? [] : [{ path, stats }];
  });
}

/** Of all transactions whose bodies are here, the share that came within the window. */
function recentShare(rows: Rows, nowMs: number): { readonly share: number; readonly windowMs: number } {
  const tip = rows.block(rows.tipHeight() ?? heightOf(0));
  const first = rows.block(rows.base().bodiesFrom);
  if (tip === undefined || first === undefined || tip.height < first.height) return { share: 0, windowMs: 0 };
  const ageMs = Math.max(0, nowMs - first.header.time);
  const windowMs = Math.min(dayMs, ageMs);
  const from = windowMs < dayMs ? first : firstSince(rows, first, tip, nowMs - windowMs);
  const countSince = (block: BlockRow): number => tip.first + tip.ran - block.first;
  const all = countSince(first);
  if (from === undefined) return { share: 0, windowMs };
  const share = all > 0 ? countSince(from) / all : heights(from, tip) / heights(first, tip);
  return { share, windowMs };
}

const heights = (from: BlockRow, to: BlockRow): number => to.height - from.height + 1;

/** Block times never fall (rule X1), so that halving finds it. */
function firstSince(rows: Rows, first: BlockRow, tip: BlockRow, sinceMs: number): BlockRow | undefined {
  if (tip.header.time < sinceMs) return undefined;
  let low: number = first.height;
  let high: number = tip.height;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (timeAt(rows, heightOf(middle)) < sinceMs) low = middle + 1;
    else high = middle;
  }
  return rows.block(heightOf(low));
}

const timeAt = (rows: Rows, height: Height): number => rows.block(height)?.header.time ?? 0;
