import { formatDuration } from './format.ts';
import type { TimeMode } from './preferences.ts';

/** Milliseconds since 1970 as people read it, in the zone that they chose; the zone is always named. */
export function formatTime(time: number, mode: TimeMode, now: number): string {
  if (mode === 'age') return `${formatDuration(now - time)} ago`;
  if (mode === 'local') return formatLocal(time);
  return `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

function formatLocal(time: number): string {
  const offsetMinutes = -new Date(time).getTimezoneOffset();
  const shifted = new Date(time + offsetMinutes * 60_000).toISOString().slice(0, 19).replace('T', ' ');
  return `${shifted} ${formatOffset(offsetMinutes)}`;
}

/** `+02:00` */
export function formatOffset(minutes: number): string {
  const whole = Math.abs(minutes);
  const pad = (value: number) => String(value).padStart(2, '0');
  return `${minutes < 0 ? '−' : '+'}${pad(Math.floor(whole / 60))}:${pad(whole % 60)}`;
}
