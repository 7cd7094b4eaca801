/** The process of one node: `node dist/node/main.js NODE_YAML`. Importing it starts nothing. */
import { fileURLToPath } from 'node:url';
import { exitCodeOf, headlineOf, lastLinesOf } from './exit-codes.ts';
import { guardProcess } from './guard-process.ts';
import { type RunNodeOptions, type RunningNode, runNode } from './run-node.ts';

/** Runs until a signal or a fatal error; the process exits with a named reason. */
export async function runNodeProcess(
  nodeFile: string,
  options: Omit<RunNodeOptions, 'nodeFile'> = {},
): Promise<never> {
  let node: RunningNode;
  try {
    node = await runNode({ ...options, nodeFile });
  } catch (error) {
    process.stderr.write(`${headlineOf(error)}\n`);
    process.exit(exitCodeOf(error));
  }
  guardProcess(node.log, node.stop);
  const end = await node.ended;
  const lines = lastLinesOf(end);
  if (lines !== undefined) process.stderr.write(`${lines}\n`);
  process.exit(exitCodeOf(end));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [nodeFile] = process.argv.slice(2);
  if (nodeFile === undefined) {
    process.stderr.write('usage: node dist/node/main.js NODE_YAML\n');
    process.exit(exitCodeOf({ code: 'usage' }));
  }
  await runNodeProcess(nodeFile);
}
