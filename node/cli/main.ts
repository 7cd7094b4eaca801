#!/usr/bin/env node
/** The `concordat` command. */
import { processIo } from './io.ts';
import { runCli } from './run-cli.ts';

// A closed pipe (`| head`) is no defect of ours: the reader has what it wanted.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});
process.exitCode = await runCli(process.argv.slice(2), processIo);
// Sockets that fetch keeps open for reuse must not hold the process.
process.exit();
