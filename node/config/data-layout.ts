/** Where things lie in the data directory that `network init` fills. */
import { join } from 'node:path';

export const genesisFileOf = (dataDirectory: string): string => join(dataDirectory, 'genesis');
export const keysDirectoryOf = (dataDirectory: string): string => join(dataDirectory, 'keys');
/** The local example only; a real member keeps its passphrase elsewhere. */
export const examplePassphraseFileOf = (dataDirectory: string): string =>
  join(dataDirectory, 'example-passphrase');

export const consensusKeyFileOf = (dataDirectory: string, validator: string): string =>
  join(keysDirectoryOf(dataDirectory), `${validator}.consensus.age`);
export const nodeKeyFileOf = (dataDirectory: string, validator: string): string =>
  join(keysDirectoryOf(dataDirectory), `${validator}.node.age`);
/** Identity ids hold no `_`, so that no identity takes a validator's file. */
export const identityKeyFileOf = (dataDirectory: string, identity: string): string =>
  join(keysDirectoryOf(dataDirectory), `identity_${identity}.age`);
/** Of an identity, for confidential payloads. */
export const encryptionKeyFileOf = (dataDirectory: string, identity: string): string =>
  join(keysDirectoryOf(dataDirectory), `encryption_${identity}.age`);

/** What verifiers remember of a network's epochs. */
export const clientFileOf = (dataDirectory: string, network: string): string =>
  join(dataDirectory, `client.${network.slice(0, 16)}.epochs`);

/** Ledger, votes, log and node.yaml of one validator. */
export const validatorDirectoryOf = (dataDirectory: string, validator: string): string =>
  join(dataDirectory, validator);
export const nodeFileOf = (dataDirectory: string, validator: string): string =>
  join(validatorDirectoryOf(dataDirectory, validator), 'node.yaml');
