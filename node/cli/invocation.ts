/**
 * How the command is typed where its user stands. In the checkout and below it npx finds it there; anywhere else npx
 * would ask the public registry for a package of this name, and run whatever that is.
 */
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { shellQuoted } from './shell-quoted.ts';

/** As npm looks for the package that it works for. */
function packageRootAbove(directory: string): string | undefined {
  for (let here = directory; ; here = dirname(here)) {
    if (existsSync(join(here, 'package.json')) || existsSync(join(here, 'node_modules'))) return here;
    if (dirname(here) === here) return undefined;
  }
}

/** Of this very program. */
export const checkout: string = packageRootAbove(import.meta.dirname) ?? import.meta.dirname;
const mainScript = join(checkout, 'dist', 'node', 'cli', 'main.js');

/** @param directory where the user stands. @param script that runs, as it was named */
export function invocationIn(directory: string, script: string = mainScript): string {
  const found = packageRootAbove(directory);
  if (found !== undefined && realpathSync(found) === realpathSync(checkout)) return 'npx concordat';
  // By a link, such as that of an installation, which stays when the software behind it is replaced.
  return `node ${shellQuoted(script.endsWith(join('cli', 'main.js')) ? script : mainScript)}`;
}

/** A command line to be typed on this machine: `stream read orders/42` with what comes before it. */
export const toType = (line: string): string => `${invocationIn(process.cwd(), process.argv[1])} ${line}`;
