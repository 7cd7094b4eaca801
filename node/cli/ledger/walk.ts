/** Walks a ledger from genesis to its tip, block by block, until the first fault. */
import { CodecError } from '../../../shared/codec/codec-error.ts';
import { headerHash, validatorSetDigest } from '../../../shared/codec/ledger.ts';
import { StorageError } from '../../storage/errors.ts';
import type { LedgerReader, ReadBlock } from '../../storage/ledger-reader.ts';
import type { CliIo } from '../io.ts';
import { Progress } from '../progress.ts';
import { FaultFound, type LedgerFault, type LedgerFigures, type LedgerVerdict } from './ledger-fault.ts';
import { MemoryState } from './memory-state.ts';

/** Checks one block against the state before it and applies it. @throws FaultFound */
export type BlockCheck = (block: ReadBlock, state: MemoryState) => void | Promise<void>;

/** @param network the id that genesis must have; without one, the ledger's own is taken and reported */
export async function walkLedger(
  io: CliIo,
  reader: LedgerReader,
  network: string | undefined,
  check: BlockCheck,
): Promise<LedgerVerdict> {
  const startedMs = io.nowMs();
  const state = new MemoryState();
  const progress = new Progress(io, { what: 'blocks', total: reader.tip });
  let reached = { height: 0, block: reader.genesis.block.hash as string, transactions: 0, events: 0 };
  const figures = (): LedgerFigures => ({
    network: reader.genesis.block.hash,
    ...reached,
    stateRoot: state.root,
    seconds: (io.nowMs() - startedMs) / 1000,
  });
  try {
    checkGenesis(reader, state, network);
    for (const block of reader.blocks()) {
      await check(block, state);
      reached = {
        height: block.height,
        block: block.hash,
        transactions: reached.transactions + block.transactions.length,
        events: reached.events + block.transactions.reduce((sum, { events }) => sum + events.length, 0),
      };
      progress.update(block.height);
    }
    return { ok: true, figures: figures() };
  } catch (error) {
    return { ok: false, fault: faultOf(error, reached.height + 1), figures: figures() };
  } finally {
    progress.stop(reached.height);
  }
}

/** @throws FaultFound */
function checkGenesis({ genesis }: LedgerReader, state: MemoryState, network: string | undefined): void {
  const { header, headerBytes } = genesis.block;
  const hash = headerHash(headerBytes);
  if (network !== undefined && hash !== network) {
    throw new FaultFound(0, 'wrong-network', { expected: network, actual: hash });
  }
  state.found(genesis.events);
  compare(0, 'genesis-state', header.state, state.root);
  compare(0, 'genesis-validators', header.validators, validatorSetDigest(genesis.validators));
}

/** @throws FaultFound */
export function compare(height: number, code: string, expected: string, actual: string): void {
  if (expected !== actual) throw new FaultFound(height, code, { expected, actual });
}

/** Damage that the reader names, and bytes that do not decode, are faults of the ledger; the rest is a defect. */
function faultOf(error: unknown, height: number): LedgerFault {
  if (error instanceof FaultFound) return error.fault;
  if (error instanceof StorageError && error.code === 'data-damaged') {
    return { height, code: error.code, facts: error.facts };
  }
  if (error instanceof CodecError)
    return { height, code: 'malformed', facts: { ...error.facts, reason: error.code } };
  throw error;
}
