/** `support-bundle`: one file for those who help, without secrets. */
import { existsSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { Command } from 'commander';
import { type ArchiveFile, tarOf } from '../../../shared/support/tar.ts';
import { nodeFileOf } from '../../config/data-layout.ts';
import { localError } from '../cli-error.ts';
import { verb } from '../command.ts';
import { type CliIo, report } from '../io.ts';
import { type GatewayOptions, gatewayOption } from '../options.ts';
import { gatewayFiles, machineFiles, nodeFiles } from '../support/contents.ts';
import { secretIn, secretsOf } from '../support/secrets.ts';

interface Options extends GatewayOptions {
  readonly out: string;
  readonly validator?: string;
  readonly json?: boolean;
}

export function supportBundleCommand(io: CliIo): Command {
  const command = verb(
    'support-bundle',
    'diagnosis, settings, metrics and log of a node in one file, without secrets',
    ['support-bundle --out alpha.tar.gz --validator alpha'],
  );
  return gatewayOption(command)
    .requiredOption('--out <file>', 'file to write (tar.gz); one that exists is not overwritten')
    .option('--validator <id>', 'validator of the data directory: its settings, last words and log too')
    .action(async (options: Options) => {
      const { out, data, validator, json = false } = options;
      if (existsSync(out))
        throw localError('file-exists', `${out} exists.`, { file: out }, 'Name another file.');
      const local = validator === undefined ? undefined : nodeFiles(nodeFileOf(data, validator));
      const files = [...machineFiles(io.nowMs()), ...(await gatewayFiles(options)), ...(local?.files ?? [])];
      refuseSecrets(files, local === undefined ? [] : await secretsOf(local.config));
      const bytes = gzipSync(tarOf(files.map(inFolder), io.nowMs() / 1_000));
      writeFileSync(out, bytes, { mode: 0o600, flag: 'wx' });
      const names = files.map(({ name }) => name);
      report(io, json, { file: out, bytes: bytes.length, files: names }, [
        `Wrote ${out}: ${names.join(', ')}.`,
        'It holds no keys and no passphrases. Read it before you send it: names, addresses and the log are in it.',
      ]);
    });
}

const inFolder = ({ name, bytes }: ArchiveFile): ArchiveFile => ({
  name: `concordat-support/${name}`,
  bytes,
});

function refuseSecrets(files: readonly ArchiveFile[], secrets: readonly string[]): void {
  for (const { name, bytes } of files) {
    const found = secretIn(bytes, secrets);
    if (found === undefined) continue;
    const next = 'Nothing was written. Find out how it came there, and change the key or passphrase.';
    throw localError('secret-found', `${name} holds what must stay secret.`, { found }, next);
  }
}
