/** Processor, memory and event loop under the names that dashboards for Node know. */
import { readdirSync } from 'node:fs';
import type { Metric } from './exposition.ts';

export function processMetrics(loopDelayMs: number | undefined): Metric[] {
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  const { rss, heapTotal, heapUsed, external } = process.memoryUsage();
  const user = userCPUTime / 1e6;
  const system = systemCPUTime / 1e6;
  const descriptors = openDescriptors();
  return [
    counter('process_cpu_user_seconds_total', 'Processor time in user mode, all threads.', user),
    counter('process_cpu_system_seconds_total', 'Processor time in the kernel, all threads.', system),
    counter('process_cpu_seconds_total', 'Processor time, all threads.', user + system),
    gauge(
      'process_start_time_seconds',
      'Start of the process since 1970.',
      Date.now() / 1_000 - process.uptime(),
    ),
    gauge('process_resident_memory_bytes', 'Resident memory.', rss),
    ...(descriptors === undefined ? [] : [gauge('process_open_fds', 'Open file descriptors.', descriptors)]),
    gauge('nodejs_heap_size_total_bytes', 'Heap of V8, taken from the system.', heapTotal),
    gauge('nodejs_heap_size_used_bytes', 'Heap of V8 in use.', heapUsed),
    gauge('nodejs_external_memory_bytes', 'Memory of buffers outside the heap.', external),
    ...(loopDelayMs === undefined
      ? []
      : [
          gauge(
            'nodejs_eventloop_lag_p99_seconds',
            'Lateness of the event loop, 99th percentile of 15 s.',
            loopDelayMs / 1_000,
          ),
        ]),
    {
      ...gauge('nodejs_version_info', 'Version of Node.', 1),
      samples: [{ labels: { version: process.version }, value: 1 }],
    },
  ];
}

export const gauge = (name: string, help: string, value: number): Metric & { readonly type: 'gauge' } => ({
  name,
  help,
  type: 'gauge',
  samples: [{ value }],
});
export const counter = (name: string, help: string, value: number): Metric => ({
  name,
  help,
  type: 'counter',
  samples: [{ value }],
});

/** Linux tells; elsewhere the metric is left out. */
function openDescriptors(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return undefined;
  }
}
