/** Keys of a node in memory, which takes those that are made elsewhere: real recipients, no files. */
import type { PublicKey, ValidatorId } from '../../../shared/types/brands.ts';
import { privateKeyOf } from '../../crypto/key-files.ts';
import type { KeyKind } from '../../crypto/keyring.ts';
import { createKeyImports } from '../../rotation/key-imports.ts';
import { type HeldKey, standingsOf } from '../../rotation/key-standing.ts';
import type { RotatingKeys } from '../../rotation/rotating-keys.ts';
import type { Rotation } from '../../rotation/rotation.ts';
import type { GatewayKeys } from '../ports.ts';
import { signBy, testGenesis, testKeyOf } from './consortium.ts';
import type { MemoryLedger } from './memory-ledger.ts';

export interface ImportingKeys extends GatewayKeys {
  readonly seeds: ReadonlyMap<PublicKey, Uint8Array>;
}

export interface ImportingOptions {
  readonly self: ValidatorId;
  readonly wallMs: () => number;
  readonly request: Rotation['request'];
  /** Kinds that a signer keeps. */
  readonly atSigner?: readonly KeyKind[];
}

export function importingKeys(
  ledger: MemoryLedger,
  { self, wallMs, request, atSigner = [] }: ImportingOptions,
): ImportingKeys {
  const { network, state } = ledger;
  const { consensusKey, nodeKey } = testGenesis.validators.find(({ id }) => id === self)!;
  const seeds = new Map([consensusKey, nodeKey].map((key) => [key, testKeyOf(key).seed]));
  const held: HeldKey[] = [
    { publicKey: consensusKey, kind: 'consensus' },
    { publicKey: nodeKey, kind: 'node' },
  ];
  const keys: RotatingKeys = {
    held: () => held,
    create: () => Promise.reject(new Error('no key is made here')),
    takes: (kind) => !atSigner.includes(kind),
    hold: async (kind, seed) => {
      const { publicKey } = privateKeyOf(seed);
      seeds.set(publicKey, seed);
      held.push({ publicKey, kind });
      return publicKey;
    },
    prove: (key, bytes) => {
      const seed = seeds.get(key);
      return seed && signBy(seed, bytes);
    },
    isErasable: () => false,
    erase: () => Promise.reject(new Error('no key is erased here')),
  };
  const facts = () => ({ self, state, certifiedHeight: ledger.certifiedHeight(), time: wallMs() });
  return {
    seeds,
    request,
    standings: () => standingsOf(facts(), held),
    certificates: () => [],
    imports: createKeyImports({ network, facts, keys, changed: () => {}, wallMs }),
  };
}
