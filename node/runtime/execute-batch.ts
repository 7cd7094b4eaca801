/** One ordered batch on top of the state as it is now: the only place where the runtime calls execution. */
import { batchDigest } from '../../shared/codec/ledger.ts';
import type { VerifySignatureNow } from '../../shared/crypto/ed25519.ts';
import type { BlockHash, Height } from '../../shared/types/brands.ts';
import type { Batch, Transaction } from '../../shared/types/ledger.ts';
import { executeBlock } from '../ledger/execute.ts';
import type { Genesis } from '../ledger/genesis.ts';
import type { ExecutedBlock } from '../ledger/types.ts';
import type { RuntimePorts, StatePort } from './ports.ts';
import { type Recoveries, recoveriesOf } from './recoveries.ts';

export interface Ledger {
  readonly genesis: Genesis;
  readonly state: StatePort;
  /** Absent where none can be, such as in the simulator. */
  readonly recoveries?: Recoveries;
  /** For signatures inside transactions' arguments. */
  readonly verifySignature?: VerifySignatureNow;
}

export function ledgerOf(
  { genesis }: { readonly genesis: Genesis },
  { state, verifier, blocks }: Pick<RuntimePorts, 'state' | 'verifier' | 'blocks'>,
): Ledger {
  const { verifyNow } = verifier;
  return {
    genesis,
    state,
    recoveries: recoveriesOf(blocks),
    ...(verifyNow && { verifySignature: verifyNow }),
  };
}

export interface Parent {
  readonly height: Height;
  readonly hash: BlockHash;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** Applies the block to the state and returns it. */
export function executeBatch(
  { genesis, state, recoveries, verifySignature }: Ledger,
  parent: Parent,
  batch: Batch,
  transactions: readonly Transaction[],
): ExecutedBlock {
  const recovery = recoveries?.behind(parent.height, parent.hash);
  const block = executeBlock({
    network: genesis.network,
    height: (parent.height + 1) as Height,
    parent: { hash: parent.hash, time: parent.time },
    batch,
    batchDigest: batchDigest(batch),
    transactions,
    state,
    tree: state,
    stateRoot: state.stateRoot(),
    history: state.history(),
    ...(recovery && { recovery: recovery.certificate }),
    ...(verifySignature && { verifySignature }),
  });
  state.apply(block);
  return block;
}
