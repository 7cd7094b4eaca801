/** What must never leave this machine. A bundle that holds any of it is not written. */
import { existsSync, readFileSync } from 'node:fs';
import { secretFormIn } from '../../../shared/support/secret-forms.ts';
import type { NodeConfigFile } from '../../config/node-yaml.ts';
import { readPassphrase } from '../../config/passphrase.ts';
import { readKeyFile } from '../../crypto/key-files.ts';
import { filesBeside } from '../../crypto/keyring.ts';

/** This node's passphrase, if a file holds it, and its keys, successors too, in every form in which text could hold them. */
export async function secretsOf(config: NodeConfigFile): Promise<readonly string[]> {
  return [...(await keyTexts(config)), ...tlsTexts(config)];
}

async function keyTexts({
  passphraseFile,
  consensusKeyFile,
  nodeKeyFile,
}: NodeConfigFile): Promise<string[]> {
  if (passphraseFile === undefined || !existsSync(passphraseFile)) return [];
  const passphrase = readPassphrase(passphraseFile);
  const texts = [passphrase];
  for (const file of [consensusKeyFile, nodeKeyFile]) {
    if (file === undefined || !existsSync(file)) continue;
    for (const each of [file, ...(await filesBeside(file))])
      texts.push(...formsOf((await readKeyFile(each, passphrase)).seed));
  }
  return texts;
}

function formsOf(seed: Uint8Array): string[] {
  const bytes = Buffer.from(seed);
  return [bytes.toString('hex'), bytes.toString('base64').replace(/=+$/, ''), bytes.toString('base64url')];
}

function tlsTexts({ gatewayTls }: NodeConfigFile): string[] {
  if (gatewayTls === undefined || !existsSync(gatewayTls.keyFile)) return [];
  return longLines(readFileSync(gatewayTls.keyFile, 'utf8'));
}

const longLines = (pem: string): string[] =>
  pem.split('\n').filter((line) => line.length >= 40 && !line.startsWith('-----'));

/** The name of the form, or `a secret of this node`; undefined if there is nothing. */
export function secretIn(bytes: Uint8Array, secrets: readonly string[]): string | undefined {
  const text = Buffer.from(bytes).toString('latin1');
  const form = secretFormIn(text);
  if (form !== undefined) return form;
  const isHeld = secrets.some((secret) => text.includes(Buffer.from(secret).toString('latin1')));
  return isHeld ? 'a secret of this node' : undefined;
}
