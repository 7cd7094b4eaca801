/** Runs a TypeScript file of this room in a process of its own, for tests that kill it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Bundles `node/storage/<name>` into `directory`. @returns the file to run. */
export async function bundleChild(name: string, directory: string): Promise<string> {
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    build: {
      ssr: join(root, 'node/storage', name),
      outDir: directory,
      emptyOutDir: false,
      target: 'node20',
      rollupOptions: { external: ['better-sqlite3'], output: { entryFileNames: 'child.mjs' } },
    },
  });
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
  return join(directory, 'child.mjs');
}

export interface RunningChild {
  readonly process: ChildProcess;
  /** Resolves with how it ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
}

/** `line` is called with each line that the child writes; what it wrote before it died is delivered too. */
export function startChild(
  file: string,
  args: readonly string[],
  line: (text: string) => void,
): RunningChild {
  const child = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  lines.on('line', line);
  const drained = new Promise<void>((resolve) => lines.on('close', resolve));
  const exited = new Promise<{ code: number | null; signal: string | null }>((resolve) =>
    child.on('exit', (code, signal) => resolve({ code, signal })),
  );
  return { process: child, ended: drained.then(() => exited) };
}
