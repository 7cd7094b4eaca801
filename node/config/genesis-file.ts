/** The genesis on disk: the founding document as CBOR. Its block's hash is the network id. */
import { readFileSync } from 'node:fs';
import {
  decodeGenesisDocument,
  encodeGenesisDocument,
  isOlderGenesisDocument,
} from '../../shared/codec/genesis.ts';
import type { GenesisDocument } from '../../shared/types/ledger.ts';
import { buildGenesis, type Genesis } from '../ledger/genesis.ts';
import { checkGenesisDocument } from '../ledger/genesis-check.ts';
import { ConfigError } from './errors.ts';
import { writeWhole } from './write-whole.ts';

export interface Founding {
  readonly document: GenesisDocument;
  readonly genesis: Genesis;
}

/** @throws ConfigError `genesis-missing`, `genesis-damaged`, `founded-by-older-version` */
export function readGenesis(file: string): Founding {
  let bytes: Uint8Array;
  try {
    bytes = new Uint8Array(readFileSync(file));
  } catch (error) {
    throw new ConfigError('genesis-missing', { file, reason: String(error) });
  }
  try {
    if (isOlderGenesisDocument(bytes)) throw new ConfigError('founded-by-older-version', { file });
    return foundingOf(decodeGenesisDocument(bytes), file);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError('genesis-damaged', { file, reason: String(error) });
  }
}

/** @throws ConfigError `genesis-damaged` if the document could not found a network */
export function foundingOf(document: GenesisDocument, file: string): Founding {
  const problems = checkGenesisDocument(document);
  if (problems.length > 0) {
    const listed = problems.map(({ path, problem }) => ({ path, found: 'another value', expected: problem }));
    throw new ConfigError('genesis-damaged', { file, problems: listed });
  }
  return { document, genesis: buildGenesis(document) };
}

export const writeGenesis = (file: string, document: GenesisDocument): void =>
  writeWhole(file, encodeGenesisDocument(document));
