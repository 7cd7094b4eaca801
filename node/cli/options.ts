/** Options that several commands share. */
import { existsSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { encryptionKeyOf } from '../../shared/client/encryption-keys.ts';
import type { PublicKey } from '../../shared/types/brands.ts';
import { genesisFileOf } from '../config/data-layout.ts';
import { readGenesis } from '../config/genesis-file.ts';

/** That of the example, where no genesis tells another. */
const exampleGateway = 'http://127.0.0.1:8101';
export const defaultDataDirectory = 'data';

/** Whose key opens the session. */
export interface KeyOptions {
  readonly data: string;
  readonly identity?: string;
  readonly key?: string;
  readonly passphraseFile?: string;
}
export interface GatewayOptions extends KeyOptions {
  readonly gateway?: readonly string[];
  /** Not of the command line: the program puts it there. Told once, when another gateway answered than the one asked first. */
  readonly answeredBy?: AnsweredBy;
}
/** @param silent gateways that did not answer, with the reason */
export type AnsweredBy = (gateway: string, silent: ReadonlyMap<string, string>) => void;
export interface SignerOptions extends KeyOptions {
  readonly network?: string;
}

const collect = (value: string, previous: readonly string[] | undefined): readonly string[] => [
  ...(previous ?? []),
  value,
];

export const collectOption = (flags: string, description: string): Option =>
  new Option(flags, description).argParser(collect).default([], 'none');

/** The same, where one argument may also be several with commas between them. */
export const collectListOption = (flags: string, description: string): Option =>
  new Option(flags, description)
    .argParser((value: string, previous: readonly string[] | undefined) => [
      ...(previous ?? []),
      ...value.split(',').filter((one) => one !== ''),
    ])
    .default([], 'none');

/** Which gateway, and who signs in there. */
export function gatewayOption(command: Command): Command {
  return keyOptions(command).addOption(
    new Option(
      '--gateway <url>',
      'gateway to talk to; may be repeated, and the next is asked when one does not answer, but for what is about one node the first alone (default: those of the validators in --data, in their order)',
    )
      .argParser((value: string, previous: readonly string[] | undefined) => collectUrl(value, previous))
      .env('CONCORDAT_GATEWAY'),
  );
}

function collectUrl(value: string, previous: readonly string[] | undefined): readonly string[] {
  const urls = value.split(',').map((url) => (url.includes('://') ? url : `http://${url}`));
  const wrong = urls.find((url) => !URL.canParse(url) || !/^https?:\/\//.test(url));
  if (wrong !== undefined) throw new InvalidArgumentError(`${wrong} is not an http(s) URL.`);
  return [...(previous ?? []), ...urls];
}

/**
 * Those that are named and no others, else those of the validators in the genesis of the data directory.
 * @throws ConfigError if a gateway has to be looked up in a genesis that is damaged
 */
export function gatewaysOf({ gateway, data }: Pick<GatewayOptions, 'gateway' | 'data'>): readonly string[] {
  if (gateway !== undefined && gateway.length > 0) return gateway;
  const file = genesisFileOf(data);
  const known = existsSync(file) ? readGenesis(file).document.validators : [];
  return known.length === 0 ? [exampleGateway] : known.map((validator) => validator.gateway);
}

const keyOptions = (command: Command): Command =>
  command
    .option('--data <dir>', 'data directory that `network init` filled', defaultDataDirectory)
    .option(
      '--identity <id>',
      'identity of the data directory to sign (in) as (default: the first whose role fits and whose key is there)',
    )
    .option('--key <file>', 'key file to sign (in) with, instead of one in the data directory')
    .option('--passphrase-file <file>', 'passphrase of the key file');

export const signerOptions = (command: Command): Command =>
  command.option(
    '--network <id>',
    'network id to sign for (default: the genesis in --data, else what the gateway says)',
    networkId,
  );

export function wholeNumber(value: string): number {
  if (!/^(0|[1-9][0-9]{0,15})$/.test(value)) throw new InvalidArgumentError('Not a whole number.');
  return Number(value);
}

export function positiveNumber(value: string): number {
  const number = wholeNumber(value);
  if (number === 0) throw new InvalidArgumentError('Not a whole number from 1 on.');
  return number;
}

export function expectedRevision(value: string): number | 'any' {
  if (value === 'any') return 'any';
  if (value === 'none') return -1;
  if (/^[0-9]+$/.test(value)) return wholeNumber(value);
  throw new InvalidArgumentError('Not a revision, `none` or `any`.');
}

export function amount(value: string): bigint {
  if (!/^[1-9][0-9]{0,19}$/.test(value) || BigInt(value) >= 2n ** 64n)
    throw new InvalidArgumentError('Not a whole number from 1 to 2^64−1.');
  return BigInt(value);
}

export function networkId(value: string): string {
  if (!/^[0-9a-f]{64}$/.test(value))
    throw new InvalidArgumentError('A network id has 64 lower-case hex digits.');
  return value;
}

export function publicKey(value: string): PublicKey {
  if (!/^[0-9a-f]{64}$/.test(value))
    throw new InvalidArgumentError('A public key has 64 lower-case hex digits.');
  return value as PublicKey;
}

/** X25519, in hex or as age writes it; in hex. */
export function encryptionKey(value: string): string {
  const key = encryptionKeyOf(value);
  if (key === undefined)
    throw new InvalidArgumentError('An encryption key has 64 lower-case hex digits, or begins with age1.');
  return key;
}

export function payloadDigest(value: string): string {
  if (!/^[0-9a-f]{64}$/.test(value))
    throw new InvalidArgumentError('A payload digest has 64 lower-case hex digits.');
  return value;
}

export function transactionId(value: string): string {
  if (!/^[0-9a-f]{64}$/.test(value))
    throw new InvalidArgumentError('A transaction id has 64 lower-case hex digits.');
  return value;
}

/** Left empty it would name another resource of the gateway. */
export function streamName(value: string): string {
  if (value === '') throw new InvalidArgumentError('A stream has a name.');
  return value;
}
