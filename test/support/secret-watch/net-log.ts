/**
 * What a browser exchanged with the network, as it logs it itself: also what workers ask for, streams that never end and
 * bodies that nobody read. https://www.chromium.org/developers/design-documents/network-stack/netlog/
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Names of logs begin with it. */
export const netLogPrefix = 'net-log-';

/** Arguments of Chromium with which it logs whole bodies to `file`. */
export const withNetLog = ([program, ...rest]: readonly string[], file: string): readonly string[] => [
  program!,
  `--log-net-log=${file}`,
  '--net-log-capture-mode=Everything',
  ...rest,
];

interface Event {
  readonly type: number;
  readonly source: { readonly id: number };
  readonly params?: { readonly bytes?: string; readonly url?: string };
}

interface Constants {
  readonly constants: { readonly logEventTypes: Readonly<Record<string, number>> };
}

/** An event with bytes, or one that may be the beginning of a request; others are most of a log. */
const wantedLine = /^(\{"params":\{.*"(?:bytes|url)":.*\})[,\]]*$/;

/** Headers and what is sent, where the session of the reader is by right. */
const exchanged = new Set([
  'SOCKET_BYTES_SENT',
  'SOCKET_BYTES_RECEIVED',
  'SSL_SOCKET_BYTES_SENT',
  'SSL_SOCKET_BYTES_RECEIVED',
]);
/** The only answer that may hold the token of a session. */
const handsOutSession = /\/session$/;

/**
 * Puts files into the place of a log: one for each body, as the page got it, and one for each connection. The names of
 * those that may hold a token begin with `tokenPrefix`, of others with `bodies-`.
 */
export function unpackNetLog(log: string, tokenPrefix: string): void {
  const files = new Map<string, Buffer[]>();
  const add = (name: string, bytes: Buffer): void => {
    const known = files.get(name);
    if (known === undefined) files.set(name, [bytes]);
    else known.push(bytes);
  };
  const prefixes = new Map<number, string>();
  for (const { name, source, params } of eventsOf(readFileSync(log, 'utf8'))) {
    const bytes = Buffer.from(params?.bytes ?? '', 'base64');
    if (name === 'URL_REQUEST_START_JOB' && params?.url !== undefined)
      prefixes.set(source.id, prefixOf(params.url, tokenPrefix));
    else if (name === 'URL_REQUEST_JOB_FILTERED_BYTES_READ')
      add(`${prefixes.get(source.id) ?? 'bodies-'}${source.id}`, bytes);
    else if (exchanged.has(name)) add(`${tokenPrefix}${name}-${source.id}`, bytes);
  }
  for (const [name, bytes] of files)
    writeFileSync(join(dirname(log), `${name}-of-${basename(log)}`), Buffer.concat(bytes));
  rmSync(log);
}

function prefixOf(url: string, tokenPrefix: string): string {
  const path = URL.parse(url)?.pathname ?? '';
  const words = path.split('/').filter((word) => /^[\w.-]{1,40}$/.test(word));
  return `${handsOutSession.test(path) ? tokenPrefix : 'bodies-'}${words.slice(0, 4).join('.')}-`;
}

/** One line each, after the one that names their types. The last line is half of one if the browser was killed. */
function* eventsOf(log: string): Iterable<Event & { readonly name: string }> {
  const [constants, ...lines] = log.split('\n').slice(0, -1);
  if (constants === undefined) return;
  const types = (JSON.parse(`${constants.replace(/,$/, '')}}`) as Constants).constants.logEventTypes;
  const names = new Map(Object.entries(types).map(([name, type]) => [type, name]));
  for (const line of lines) {
    const text = wantedLine.exec(line)?.[1];
    if (text === undefined) continue;
    const event = JSON.parse(text) as Event;
    yield { ...event, name: names.get(event.type) ?? '' };
  }
}
