/** What is wrong with a ledger: where, by name, with what was found. The first fault ends the walk. */
import type { RecoveryBreak } from '../../../shared/types/recovery.ts';
import type { Facts } from '../cli-error.ts';

export interface LedgerFault {
  readonly height: number;
  readonly code: string;
  readonly facts: Facts;
}

export type LedgerVerdict =
  | { readonly ok: true; readonly figures: LedgerFigures }
  | { readonly ok: false; readonly fault: LedgerFault; readonly figures: LedgerFigures };

/** How far the walk came. */
export interface LedgerFigures {
  readonly network: string;
  /** Last height that is sound. */
  readonly height: number;
  readonly block: string;
  /** Of the last block that is sound. */
  readonly epoch: number;
  /** Blocks of which only header, certificate and history were checked: their bodies, or the state before them, are not here. */
  readonly headersOnly?: number;
  /** From here on all bodies are here. */
  readonly bodiesFrom?: number;
  /** Height of the snapshot whose state was proven; absent if there is none to go on from. */
  readonly snapshot?: number | undefined;
  /** Places that no quorum proves, ascending: the members went on there by a recovery that was verified. */
  readonly breaks?: readonly RecoveryBreak[];
  readonly stateRoot: string;
  readonly transactions: number;
  readonly events: number;
  readonly seconds: number;
}

/** Thrown inside a walk, reported as its verdict. */
export class FaultFound extends Error {
  override readonly name = 'FaultFound';
  readonly fault: LedgerFault;
  constructor(height: number, code: string, facts: Facts) {
    super(code);
    this.fault = { height, code, facts };
  }
}
