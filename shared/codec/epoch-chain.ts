/** What a verifier files of a network's epochs: genesis, every hand-over, and the highest certificate that it has seen. */
import type { Certificate, EpochLink, ProofPack } from '../types/ledger.ts';
import { certificateFromCbor, certificateToCbor } from './certificate.ts';
import { decode, encode } from './dag-cbor.ts';
import { epochLinksFromCbor, epochLinkToCbor, originFromCbor, originToCbor } from './proof-pack.ts';
import { readBytes, readConstant, readMap } from './structure.ts';

/** Proves itself from the network id, like a pack without a receipt. */
export interface EpochChainFile {
  readonly genesis: ProofPack['genesis'];
  readonly epochs: readonly EpochLink[];
  /** Refuses another block of its height. */
  readonly highest?: Certificate;
  /** Of its block: says when that was. */
  readonly highestHeader?: Uint8Array;
}

export const encodeEpochChain = ({ genesis, epochs, highest, highestHeader }: EpochChainFile): Uint8Array =>
  encode({
    version: 1,
    genesis: originToCbor(genesis),
    epochs: epochs.map(epochLinkToCbor),
    ...(highest === undefined ? {} : { highest: certificateToCbor(highest) }),
    ...(highestHeader === undefined ? {} : { highestHeader }),
  });

/** Throws CodecError. */
export const decodeEpochChain = (bytes: Uint8Array): EpochChainFile => {
  const path = 'chain';
  const map = readMap(decode(bytes), path, ['version', 'genesis', 'epochs'], ['highest', 'highestHeader']);
  readConstant(map, 'version', path, 1);
  return {
    genesis: originFromCbor(map.genesis, `${path}.genesis`),
    epochs: epochLinksFromCbor(map, path),
    ...('highest' in map ? { highest: certificateFromCbor(map.highest, `${path}.highest`) } : {}),
    ...('highestHeader' in map ? { highestHeader: readBytes(map, 'highestHeader', path) } : {}),
  };
};
