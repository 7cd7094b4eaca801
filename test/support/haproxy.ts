/** HAProxy with the very file of docs/operations: only addresses, and what needs root or a certificate, are put in. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const executablePath = process.env.HAPROXY ?? '/usr/sbin/haproxy';
const documented = fileURLToPath(new URL('../../docs/operations/haproxy.cfg', import.meta.url));

/** Without it the tests that need it are skipped, in one visible line. */
export const hasHaproxy = existsSync(executablePath);
if (!hasHaproxy) console.log(`skipped: no HAProxy at ${executablePath} (apt-get install haproxy)`);

/** @throws Error if the file has no such text: then it has changed, and this no longer tests it. */
function replaced(text: string, [from, to]: readonly [string, string]): string {
  if (!text.includes(from)) throw new Error(`${documented} has no ${JSON.stringify(from)}`);
  return text.replaceAll(from, to);
}

const withoutRoot: readonly (readonly [string, string])[] = [
  ['    log /dev/log local0\n', ''],
  ['    chroot /var/lib/haproxy\n', ''],
  ['    user haproxy\n', ''],
  ['    group haproxy\n', ''],
];

/** What HAProxy itself says of the file as it stands, with certificates from this directory. */
export function checkedAsDocumented(certificates: string): {
  readonly status: number;
  readonly said: string;
} {
  const text = replaced(readFileSync(documented, 'utf8'), ['/etc/haproxy/', `${certificates}/`]);
  const file = join(certificates, 'documented.cfg');
  writeFileSync(file, text);
  const { status, stdout, stderr } = spawnSync(executablePath, ['-c', '-f', file], { encoding: 'utf8' });
  return { status: status ?? 1, said: stdout + stderr };
}

export interface ProxyOptions {
  readonly directory: string;
  readonly port: number;
  /** `host:port` of the gateways of alpha, beta, mirror and lens, which speak plain HTTP on loopback. */
  readonly gateways: readonly [string, string, string, string];
}

export interface BalancedGateways {
  readonly url: string;
  stop(): Promise<void>;
}

export async function startHaproxy({ directory, port, gateways }: ProxyOptions): Promise<BalancedGateways> {
  const [alpha, beta, mirror, lens] = gateways;
  const places: readonly (readonly [string, string])[] = [
    ['bind :443 ssl crt /etc/haproxy/ledger.pem alpn http/1.1', `bind 127.0.0.1:${port}`],
    [' ssl verify required ca-file /etc/haproxy/gateways.pem', ''],
    ['10.0.0.1:8101', alpha],
    ['10.0.0.2:8101', beta],
    ['10.0.0.3:8101', mirror],
    ['10.0.0.4:8101', lens],
  ];
  const text = [...withoutRoot, ...places].reduce(replaced, readFileSync(documented, 'utf8'));
  const file = join(directory, 'haproxy.cfg');
  writeFileSync(file, text);
  const child = spawn(executablePath, ['-db', '-f', file], { stdio: ['ignore', 'inherit', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  while (!(await accepts(port))) {
    if (child.exitCode !== null) throw new Error(`HAProxy ended: ${said}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { url: `http://127.0.0.1:${port}`, stop: () => stopped(child) };
}

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => undefined);
    socket.once('connect', () => socket.destroy());
  });

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
}
