/**
 * What a member of a future consortium makes on its own machine: keys, and the vote store of its validator. Only the
 * public halves leave it, as the member's part of network.yaml. Running it again takes up what is there.
 */
import { stringify } from 'yaml';
import type { Incarnation, PublicKey } from '../../shared/types/brands.ts';
import type { Role } from '../../shared/types/ledger.ts';
import { makeDirectory } from '../files/make-directory.ts';
import {
  consensusKeyFileOf,
  encryptionKeyFileOf,
  identityKeyFileOf,
  keysDirectoryOf,
  nodeKeyFileOf,
  validatorDirectoryOf,
} from './data-layout.ts';
import { createKeyMaker } from './key-maker.ts';

export interface MemberPlan {
  readonly member: string;
  /** Of the organisation, for people. */
  readonly name: string;
  readonly validators: readonly {
    readonly id: string;
    /** `host:port` for the other validators. */
    readonly links: string;
    /** `https://host:port` for clients. */
    readonly gateway: string;
  }[];
  readonly identities: readonly { readonly id: string; readonly roles: readonly Role[] }[];
}

export interface MemberPreparation {
  readonly passphrase: string;
  /** Creates the vote store of a validator in its directory unless it exists, and names it (rule D3). */
  readonly prepareStorage: (directory: string) => Incarnation;
  /** log2 of scrypt's N; the key files' own default if absent. */
  readonly scryptWorkFactor?: number;
}

/** In the shape of network.yaml. */
export interface MemberPart {
  readonly members: readonly { readonly id: string; readonly name: string }[];
  readonly validators: readonly {
    readonly id: string;
    readonly member: string;
    readonly links: string;
    readonly gateway: string;
    readonly consensus_key: PublicKey;
    readonly node_key: PublicKey;
    readonly incarnation: Incarnation;
  }[];
  readonly identities: readonly {
    readonly id: string;
    readonly member: string;
    readonly roles: readonly Role[];
    readonly key: PublicKey;
    /** X25519, 64 hex digits. */
    readonly encryption_key: string;
  }[];
}

/** @throws KeyFileError `key-file-wrong-passphrase` if a key is there that another passphrase opens, `key-file-exists` if another run makes it now; StorageError */
export async function prepareMember(
  { member, name, validators, identities }: MemberPlan,
  dataDirectory: string,
  { passphrase, prepareStorage, scryptWorkFactor }: MemberPreparation,
): Promise<MemberPart> {
  makeDirectory(keysDirectoryOf(dataDirectory), 0o700);
  const keys = createKeyMaker(
    () => passphrase,
    scryptWorkFactor === undefined ? {} : { workFactor: scryptWorkFactor },
  );
  const votes: MemberPart['validators'][number][] = [];
  for (const { id, links, gateway } of validators) {
    const directory = validatorDirectoryOf(dataDirectory, id);
    makeDirectory(directory, 0o700);
    votes.push({
      id,
      member,
      links,
      gateway,
      consensus_key: await keys.signing(consensusKeyFileOf(dataDirectory, id)),
      node_key: await keys.signing(nodeKeyFileOf(dataDirectory, id)),
      incarnation: prepareStorage(directory),
    });
  }
  const people: MemberPart['identities'][number][] = [];
  for (const { id, roles } of identities) {
    people.push({
      id,
      member,
      roles,
      key: await keys.signing(identityKeyFileOf(dataDirectory, id)),
      encryption_key: await keys.encryption(encryptionKeyFileOf(dataDirectory, id)),
    });
  }
  return { members: [{ id: member, name }], validators: votes, identities: people };
}

const partHead = (member: string): string =>
  `# The part of ${member} of a network.yaml: public halves only. The private ones, and the vote store that the
# incarnation names, never leave the machine where they were made.
`;

export const memberPartText = (part: MemberPart): string =>
  partHead(part.members.map(({ id }) => id).join(', ')) + stringify(part);
