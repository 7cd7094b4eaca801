/**
 * Start-up: derived data may lag behind the blocks (rule D1). Executing them again must yield the same hashes, by the
 * rules of each epoch: software that does not know those of the next block, here or above, must not start (rule E1).
 */
import { decodeEnvelope, decodeHeader } from '../../shared/codec/ledger.ts';
import { type BlockHash, type Height, heightOf, nextHeight } from '../../shared/types/brands.ts';
import type { Genesis } from '../ledger/genesis.ts';
import { unknownProtocol } from '../ledger/protocols.ts';
import { executeBatch, type Ledger, type Parent } from './execute-batch.ts';
import type { BlockStorePort, StoredBlock } from './ports.ts';
import { type ProtocolStop, protocolStop } from './protocol-stop.ts';

interface Divergence {
  readonly code: 'state-divergence';
  readonly facts: { readonly height: Height; readonly own: BlockHash; readonly certified: BlockHash };
}

/** Brings the state to the height of the last certified block; undefined if the node may go on from there. */
export function replay(ledger: Ledger, blocks: BlockStorePort): Divergence | ProtocolStop | undefined {
  const { state } = ledger;
  const top = blocks.tip().height;
  let parent = parentAt(ledger.genesis, blocks, state.height());
  for (;;) {
    const unknown = unknownProtocol(state);
    if (unknown !== undefined) return protocolStop(parent.height, unknown);
    if (parent.height >= top) return undefined;
    const height = nextHeight(parent.height);
    const stored = readStored(blocks, height);
    const transactions = stored.envelopes.map((envelope) => decodeEnvelope(envelope));
    const block = executeBatch(ledger, parent, stored.batch, transactions);
    const certified = stored.certificate.block;
    if (block.hash !== certified)
      return { code: 'state-divergence', facts: { height, own: block.hash, certified } };
    state.certified(height);
    parent = { height, hash: block.hash, time: block.header.time };
  }
}

function parentAt(genesis: Genesis, blocks: BlockStorePort, height: Height): Parent {
  if (height === heightOf(0)) {
    return { height, hash: genesis.hash, time: genesis.header.time };
  }
  const { certificate, header } = blocks.header?.(height) ?? readStored(blocks, height);
  return { height, hash: certificate.block, time: decodeHeader(header).time };
}

function readStored(blocks: BlockStorePort, height: Height): StoredBlock {
  const stored = blocks.read(height);
  if (stored === undefined) throw new Error(`Block ${height} is below the tip but not on disk`);
  return stored;
}
