/** What to do about a start that fails before there is a network: for people who have never seen it work. */

const helpHint = '`npm start -- --help` lists the options.';
const dataHint =
  'The data directory must be one that you may write, on a disk with room; name another one with `npm start -- --data DIR`.';
const aboutFiles: ReadonlySet<string> = new Set([
  'EACCES',
  'EDQUOT',
  'EEXIST',
  'EIO',
  'ELOOP',
  'ENAMETOOLONG',
  'ENOSPC',
  'ENOTDIR',
  'EPERM',
  'EROFS',
]);

/** Errors of ours say what to do; those of Node do not. */
export function explainFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code.startsWith('ERR_PARSE_ARGS')) return `${error.message}\n${helpHint}`;
  const isUnmade = code === 'ENOENT' && 'syscall' in error && error.syscall === 'mkdir';
  return aboutFiles.has(code) || isUnmade ? `${error.message}\n${dataHint}` : error.message;
}

/**
 * npm takes options before `--` for its own and starts the script without them, and whoever meant to begin anew
 * resumes. It leaves them in the environment.
 * @param options names, without dashes
 * @returns what to type instead, or undefined
 */
export function keptByNpm(
  options: readonly string[],
  environment: { readonly [name: string]: string | undefined },
): string | undefined {
  const kept = options.filter((name) => environment[`npm_config_${name}`] !== undefined);
  if (kept.length === 0) return undefined;
  const asTyped = kept.map((name) => `--${name}`).join(' ');
  return `npm kept ${asTyped} to itself.\nPut -- before the options of the start: npm start -- ${asTyped} …`;
}
