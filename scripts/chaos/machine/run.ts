/** Programs of the machine, such as `ip` and `tc`, run to their end. */
import { execFileSync } from 'node:child_process';

/** @throws Error with what the program said */
export function run(program: string, ...args: readonly string[]): string {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    const said = String((error as { readonly stderr?: unknown }).stderr ?? error).trim();
    throw new Error(`${program} ${args.join(' ')}: ${said}`, { cause: error });
  }
}

/** Runs `attempt` and undoes it. @returns why it cannot be done here */
export function reasonAgainst(attempt: () => void, undo: () => void): string | undefined {
  try {
    attempt();
    return undefined;
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n', 1)[0] ?? 'it fails') : String(error);
  } finally {
    try {
      undo();
    } catch {
      // What could not be made need not be removed.
    }
  }
}
