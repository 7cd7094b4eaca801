/**
 * What all replicas share: one certified block at a height, with a valid certificate of its epoch; every transaction
 * that ran was signed by its sender for this network; every transaction and every (sender, nonce) once; what was
 * acknowledged is where the receipt said.
 */
import { transactionId, transactionSigningBytes } from '../../shared/codec/ledger.ts';
import { sealSigningBytes } from '../../shared/codec/messages.ts';
import { quorum } from '../../shared/protocol/quorum.ts';
import type { BlockHash, Height, TransactionId, ValidatorId } from '../../shared/types/brands.ts';
import type { Certificate, Transaction } from '../../shared/types/ledger.ts';
import type { Genesis } from '../ledger/genesis.ts';
import type { ExecutedBlock } from '../ledger/types.ts';
import type { EpochFold } from './epoch-fold.ts';
import { verifyKeyed } from './keyed-hash.ts';

export interface ChainWatch {
  /** A replica appends; undefined, or what is wrong with it. */
  appended(replica: ValidatorId, block: ExecutedBlock, certificate: Certificate): string | undefined;
  /** A client saw the receipt of this transaction at this replica. */
  acknowledged(replica: ValidatorId, id: TransactionId, height: Height): string | undefined;
  /** A replica's disk was wiped: it need not remember what it acknowledged. */
  wiped(replica: ValidatorId): void;
  /** A replica came back with this tip. */
  restarted(replica: ValidatorId, height: Height, hash: BlockHash): string | undefined;
  heightOf(id: TransactionId): Height | undefined;
  height(): number;
  transactionCount(): number;
}

export function createChainWatch(genesis: Genesis, epochs: EpochFold): ChainWatch {
  const blocks = new Map<Height, BlockHash>([[genesis.header.height, genesis.hash]]);
  const ranAt = new Map<TransactionId, Height>();
  const pairs = new Set<string>();
  const acknowledgedBy = new Map<ValidatorId, Height>();
  let top = 0;

  function appended(
    replica: ValidatorId,
    block: ExecutedBlock,
    certificate: Certificate,
  ): string | undefined {
    const known = blocks.get(block.height);
    const fault = certificateFault(block, certificate);
    if (fault !== undefined) return `${replica} appends ${block.height}: ${fault}`;
    if (known === undefined) return first(block);
    if (known === block.hash) return undefined;
    return `two certified blocks at height ${block.height}: ${known} and, at ${replica}, ${block.hash}`;
  }

  function certificateFault(block: ExecutedBlock, certificate: Certificate): string | undefined {
    const { epoch, height, seals } = certificate;
    if (certificate.block !== block.hash || height !== block.height)
      return 'its certificate is of another block';
    const set = epochs.of(epoch);
    if (set === undefined || epoch !== block.header.epoch)
      return `its certificate is of epoch ${epoch}, its header of ${block.header.epoch}`;
    const message = sealSigningBytes(genesis.network, { epoch, height, block: block.hash });
    const signers = new Set(seals.map((seal) => seal.validator));
    const valid = seals.every(({ validator, signature }) => {
      const key = set.validators.get(validator)?.consensusKey;
      return key !== undefined && verifyKeyed(key, message, signature);
    });
    return valid && signers.size >= quorum(set.validators.size)
      ? undefined
      : 'its certificate does not verify';
  }

  function first(block: ExecutedBlock): string | undefined {
    blocks.set(block.height, block.hash);
    top = Math.max(top, block.height);
    if (blocks.get((block.height - 1) as Height) !== block.header.parent) {
      return `block ${block.height} does not follow the certified block before it`;
    }
    const fault = epochs.appended(block);
    if (fault !== undefined) return fault;
    for (const { transaction } of block.ran) {
      const { id, body } = transaction;
      if (!isValid(transaction))
        return `transaction ${id} ran at height ${block.height}, and nobody signed it`;
      const pair = `${body.sender} ${body.nonce}`;
      if (ranAt.has(id) || pairs.has(pair)) return `transaction ${id} ran again at height ${block.height}`;
      ranAt.set(id, block.height);
      pairs.add(pair);
    }
    return undefined;
  }

  function isValid({ id, body, bodyBytes, signature, envelope }: Transaction): boolean {
    const { network } = genesis;
    if (body.network !== network || transactionId(envelope) !== id) return false;
    return verifyKeyed(body.sender, transactionSigningBytes(network, bodyBytes), signature);
  }

  function acknowledged(replica: ValidatorId, id: TransactionId, height: Height): string | undefined {
    acknowledgedBy.set(replica, Math.max(height, acknowledgedBy.get(replica) ?? 0) as Height);
    if (ranAt.get(id) === height) return undefined;
    return `transaction ${id} was acknowledged at ${height} and is not there`;
  }

  function restarted(replica: ValidatorId, height: Height, hash: BlockHash): string | undefined {
    if (blocks.get(height) !== hash) return `${replica} comes back with another block at ${height}`;
    const promised = acknowledgedBy.get(replica) ?? 0;
    return height < promised
      ? `${replica} acknowledged height ${promised} and comes back at ${height}`
      : undefined;
  }

  return {
    appended,
    acknowledged,
    wiped: (replica) => acknowledgedBy.delete(replica),
    restarted,
    heightOf: (id) => ranAt.get(id),
    height: () => top,
    transactionCount: () => ranAt.size,
  };
}
