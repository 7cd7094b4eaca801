/** Runs `concordat …` as a user would, in a process of its own. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const cliMain = fileURLToPath(new URL('../../node/cli/main.js', import.meta.url));

export interface CliResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `onLine` sees standard error line by line while the command runs. */
export function runConcordat(
  args: readonly string[],
  onLine: (line: string) => void = () => {},
): Promise<CliResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [cliMain, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      for (const line of text.split(/[\r\n]+/)) if (line.trim() !== '') onLine(line.trim());
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ exitCode: code ?? 1, stdout, stderr }));
  });
}

/** `concordat ledger verify DIR --json`: the whole chain offline; throws what it found if it is not clean. */
export async function verifiedLedger(directory: string): Promise<Record<string, unknown>> {
  const { exitCode, stdout, stderr } = await runConcordat(['ledger', 'verify', directory, '--json']);
  if (exitCode !== 0) throw new Error(`ledger verify ${directory}: ${stdout || stderr}`);
  return JSON.parse(stdout) as Record<string, unknown>;
}
