const thousands = /\B(?=(\d{3})+$)/g;

/** `1204` → `1,204`. Not locale-dependent: two people comparing screens see the same text. */
export function formatCount(value: number | bigint): string {
  return String(value).replace(thousands, ',');
}

/** `a1b2c3d4…9e8f`; short text stays whole. */
export function shortenHash(hash: string): string {
  return hash.length <= 16 ? hash : `${hash.slice(0, 8)}…${hash.slice(-4)}`;
}

/** Groups of four digits, for reading aloud and comparing by eye. */
export function fingerprint(hash: string): readonly string[] {
  return hash.match(/.{1,4}/g) ?? [];
}

/** `0.8 s`, `12 s`, `4 min`, `3 h`, `5 d`: the largest unit that fits. Negative durations count as zero. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 129_600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

/** `180 ms`, and above a second as any duration: `1.2 s` */
export function formatWait(milliseconds: number): string {
  return milliseconds < 1_000 ? `${Math.round(milliseconds)} ms` : formatDuration(milliseconds);
}

/** `512 B`, `1.5 KiB`, `12 MiB` */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${power === 0 || value >= 10 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
}

/** `3.4`, `120`: one decimal below ten. */
export function formatRate(perSecond: number): string {
  return perSecond < 9.95 ? perSecond.toFixed(1) : formatCount(Math.round(perSecond));
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
