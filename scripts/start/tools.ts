/** Whether this machine has what a node needs. */

const nodeMin = [20, 19] as const;
const nativePackages = ['better-sqlite3', 'sodium-native'] as const;

/** @returns what is missing and what to do about it, or undefined */
export async function checkTools(): Promise<string | undefined> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < nodeMin[0] || (major === nodeMin[0] && minor < nodeMin[1])) {
    return `Node ${process.versions.node} is too old.\nInstall Node ${nodeMin.join('.')} or newer.`;
  }
  for (const name of nativePackages) {
    const reason = await loadFailure(name);
    if (reason !== undefined) {
      return `The package ${name} cannot be loaded: ${reason}\nInstall python3, make and g++ (Debian: apt install python3 make g++), then run npm ci.`;
    }
  }
  return undefined;
}

async function loadFailure(name: string): Promise<string | undefined> {
  try {
    const { default: loaded } = (await import(name)) as { readonly default: unknown };
    // better-sqlite3 looks for its binary only when a database is opened.
    if (name === 'better-sqlite3')
      new (loaded as new (file: string) => { close(): void })(':memory:').close();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.split('\n')[0] : String(error);
  }
}
