/** How a process says why it ended: a number for scripts (sysexits.h), a sentence for people. */
import { ConfigError } from './config/errors.ts';
import { KeyFileError } from './crypto/key-files.ts';
import { SignerError } from './signer/errors.ts';
import { explainStorageError, StorageError } from './storage/errors.ts';

/** Why a node ended: `stopped`, or the code of what made it impossible to go on. */
export interface NodeEnd {
  readonly code: string;
  readonly facts: { readonly [name: string]: unknown };
}

const usage = 64;
const portTaken = 69;
const defect = 70;
const disk = 74;
const divergence = 76;
const configuration = 78;

const numbers: { readonly [code: string]: number } = {
  stopped: 0,
  usage,
  EADDRINUSE: portTaken,
  EACCES: portTaken,
  'state-divergence': divergence,
  'split-execution': divergence,
  'signer-refused': divergence,
  'signer-mismatch': configuration,
  'directory-locked': configuration,
  'other-network': configuration,
  'schema-too-new': configuration,
  'protocol-unsupported': configuration,
  'ledger-missing': configuration,
  'data-damaged': disk,
  'recovery-damaged': disk,
  'recovery-unfit': divergence,
  'disk-full': disk,
  'disk-read-only': disk,
  'disk-error': disk,
  'file-unopenable': disk,
};

export function exitCodeOf(error: unknown): number {
  if (error instanceof ConfigError || error instanceof KeyFileError || error instanceof SignerError)
    return configuration;
  return numbers[codeOf(error) ?? ''] ?? defect;
}

/** Headline, facts and next step of an error that ended a start. */
export function headlineOf(error: unknown): string {
  if (error instanceof StorageError) {
    const { headline, facts, nextStep } = explainStorageError(error);
    const lines = Object.entries(facts).map(([name, value]) => `  ${name}: ${value}`);
    return [`${headline} [${error.code}]`, ...lines, nextStep].join('\n');
  }
  if (codeOf(error) === 'EADDRINUSE') {
    const { address, port } = error as { readonly address?: string; readonly port?: number };
    return `Another process listens on ${address}:${port} [EADDRINUSE]\nStop it, or change the address in node.yaml.`;
  }
  if (error instanceof SignerError || error instanceof KeyFileError) {
    const lines = Object.entries(error.facts).map(([name, value]) => `  ${name}: ${value}`);
    return [`${error.message} [${error.code}]`, ...lines, error.next].join('\n');
  }
  if (error instanceof ConfigError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** What a node says as its last words if it ended for a reason that has a next step; undefined if its log says all. */
export function lastLinesOf({ code, facts }: NodeEnd): string | undefined {
  const { next, rule: _, disputed: __, ...told } = facts;
  const headline = lastHeadlines[code];
  if (headline === undefined || typeof next !== 'string') return undefined;
  const lines = Object.entries(told).map(([name, value]) => `  ${name}: ${value}`);
  return [`${headline} [${code}]`, ...lines, next].join('\n');
}

const lastHeadlines: { readonly [code: string]: string } = {
  'protocol-unsupported': 'The next block follows rules that this software does not know',
  'recovery-unfit': 'The recovery that was accepted here names a set that the ledger does not allow',
};

function codeOf(error: unknown): string | undefined {
  const code = (error as { readonly code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}
