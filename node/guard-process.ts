/** What ends a process of ours: signals in an orderly way, a defect at once. */
import { exitCodeOf } from './exit-codes.ts';
import type { LogPort } from './runtime/ports.ts';

/** SIGTERM and SIGINT must end the process within three seconds, whatever hangs. */
const shutdownPatienceMs = 2_500;

export function guardProcess(log: LogPort, stop: () => unknown): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      log.write('info', 'signal', { signal });
      void stop();
      setTimeout(() => {
        log.write('error', 'shutdown-forced', { patienceMs: shutdownPatienceMs });
        process.exit(exitCodeOf({ code: 'shutdown-forced' }));
      }, shutdownPatienceMs).unref();
    });
  }
  stopWithoutParent(stop);
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      // A defect of this program: its memory cannot be trusted any more, the disk can.
      log.write('error', 'defect', { event, reason: error instanceof Error ? error.stack : String(error) });
      process.exit(exitCodeOf({ code: 'defect' }));
    });
  }
}

/**
 * Started by another program with a channel: without it there is nobody left to stop this process. It may be gone
 * already: a process guards itself when it has begun to work, which takes seconds.
 */
export function stopWithoutParent(
  stop: () => unknown,
  channel: { readonly connected?: boolean; once(event: 'disconnect', stop: () => void): unknown } = process,
): void {
  if (channel.connected === false) void stop();
  else channel.once('disconnect', () => void stop());
}
