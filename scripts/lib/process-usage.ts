/** What a Linux process used so far, from /proc (proc(5)). */
import { readdirSync, readFileSync } from 'node:fs';

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

/** CPU seconds of the threads whose name starts with `prefix` (worker threads carry the names we give them). */
export function threadCpuSeconds(pid: number, prefix: string): number {
  let names: string[];
  try {
    names = readdirSync(`/proc/${pid}/task`);
  } catch (error) {
    if (isGone(error)) return 0;
    throw error;
  }
  return names
    .map((thread) => readProc(pid, `task/${thread}/stat`))
    .filter((stat): stat is string => stat?.slice(stat.indexOf('(') + 1).startsWith(prefix) === true)
    .map((stat) => stat.slice(stat.lastIndexOf(')') + 2).split(' '))
    .reduce((sum, fields) => sum + (Number(fields[11]) + Number(fields[12])) / clockTicksPerSecond, 0);
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
