/** `host:port` as operators write it. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** @returns undefined if the text is not `host:port`, `[::1]:port` */
export function parseHostPort(text: string): HostPort | undefined {
  const match = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  // Hosts such as 1.2.3.4.5 or 256.1.1.1 pass the pattern, and no URL can hold them.
  if (match === null || port < 1 || port > 65_535 || !URL.canParse(`http://${text}`)) return undefined;
  return { host: match[1]!.replace(/^\[|\]$/g, ''), port };
}

const loopbackHosts: ReadonlySet<string> = new Set(['localhost', '::1']);

export const isLoopback = (host: string): boolean =>
  loopbackHosts.has(host) || /^127\.\d+\.\d+\.\d+$/.test(host);
