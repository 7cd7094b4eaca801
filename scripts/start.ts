/**
 * `npm start`: founds the example of network.yaml in ./data, or takes it up again, and runs its validators, each
 * in a process of its own, until Ctrl-C.
 */
import { parseArgs } from 'node:util';
import { explainFailure, keptByNpm } from './start/hints.ts';
import { checkTools } from './start/tools.ts';

const help = `usage: npm start [-- OPTIONS]

Founds the network of network.yaml in ./data, or resumes it, and runs one process per validator.

  --reset           delete the data that an earlier start made, nodes restored from its backups too, and found the
                    network anew; what it deletes and what it leaves alone is said
  --network FILE    network description (network.yaml)
  --data DIR        data directory (data)
  --json            one JSON object per event on standard output, for programs
  --help            this text

Ctrl-C stops all validators. Exit code: 0 after Ctrl-C, 1 if the network could not be started.`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      reset: { type: 'boolean', default: false },
      network: { type: 'string', default: 'network.yaml' },
      data: { type: 'string', default: 'data' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  const kept = keptByNpm(['reset', 'data', 'network'], process.env);
  if (kept !== undefined) {
    console.error(kept);
    return 1;
  }
  const missing = await checkTools();
  if (missing !== undefined) {
    console.error(missing);
    return 1;
  }
  // Only now, because it loads the native packages that were just checked.
  const { runExample } = await import('./start/run-example.ts');
  return runExample(values);
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(explainFailure(error));
  process.exitCode = 1;
}
