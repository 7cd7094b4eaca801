/** What a Linux process used so far, from /proc (proc(5)). */
import { readFileSync } from 'node:fs';

const clockTicksPerSecond = 100;

export interface ProcessUsage {
  /** User and system time of all threads, seconds. */
  readonly cpuSeconds: number;
  /** Resident set, bytes. */
  readonly residentBytes: number;
}

/** undefined once the process is gone. */
export function processUsage(pid: number): ProcessUsage | undefined {
  const stat = readProc(pid, 'stat');
  const status = readProc(pid, 'status');
  if (stat === undefined || status === undefined) return undefined;
  // The name in parentheses may hold spaces; fields count from behind it (utime is field 14, stime 15).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  const residentKiB = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0);
  return { cpuSeconds: ticks / clockTicksPerSecond, residentBytes: residentKiB * 1024 };
}

function readProc(pid: number, name: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

function isGone(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOENT' || code === 'ESRCH';
}
