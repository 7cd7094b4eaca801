/** The process of one validator: `node dist/node/main.js NODE_YAML`. Importing it starts nothing. */
import { fileURLToPath } from 'node:url';
import { exitCodeOf, headlineOf } from './exit-codes.ts';
import { type RunNodeOptions, type RunningNode, runNode } from './run-node.ts';

/** SIGTERM and SIGINT must end the process within three seconds, whatever hangs. */
const shutdownPatienceMs = 2_500;

/** Runs until a signal or a fatal error; the process exits with a named reason. */
export async function runNodeProcess(nodeFile: string, create?: RunNodeOptions['create']): Promise<never> {
  let node: RunningNode;
  try {
    node = await runNode({ nodeFile, ...(create !== undefined && { create }) });
  } catch (error) {
    process.stderr.write(`${headlineOf(error)}\n`);
    process.exit(exitCodeOf(error));
  }
  const { log } = node;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      log.write('info', 'signal', { signal });
      void node.stop();
      setTimeout(() => {
        log.write('error', 'shutdown-forced', { patienceMs: shutdownPatienceMs });
        process.exit(exitCodeOf({ code: 'shutdown-forced' }));
      }, shutdownPatienceMs).unref();
    });
  }
  // Started by another program with a channel: without it there is nobody left to stop this process.
  process.once('disconnect', () => void node.stop());
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      // A defect of this program: its memory cannot be trusted any more, the disk can.
      log.write('error', 'defect', { event, reason: error instanceof Error ? error.stack : String(error) });
      process.exit(exitCodeOf({ code: 'defect' }));
    });
  }
  const { code } = await node.ended;
  process.exit(exitCodeOf({ code }));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [nodeFile] = process.argv.slice(2);
  if (nodeFile === undefined) {
    process.stderr.write('usage: node dist/node/main.js NODE_YAML\n');
    process.exit(exitCodeOf({ code: 'usage' }));
  }
  await runNodeProcess(nodeFile);
}
