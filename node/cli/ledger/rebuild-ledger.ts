/**
 * State from the stored events alone, folded again; the root of every block must be the one in its header, and what
 * opened and closed it, which is decided again, must be what is stored.
 */
import { foldBlock } from '../../ledger/fold.ts';
import type { LedgerReader } from '../../storage/ledger-reader.ts';
import type { CliIo } from '../io.ts';
import type { LedgerVerdict } from './ledger-fault.ts';
import { compare, compareEvents, walkLedger } from './walk.ts';

export const rebuildLedger = (io: CliIo, reader: LedgerReader): Promise<LedgerVerdict> =>
  walkLedger(io, reader, undefined, {
    block({ height, header, transactions, opening, closing }, state) {
      const folded = foldBlock({ state, tree: state, height, time: header.time, ran: transactions });
      compare(height, 'state-root', header.state, folded.stateRoot);
      compareEvents(height, 'stored-opening', opening, folded.opening);
      compareEvents(height, 'stored-closing', closing, folded.closing);
      state.apply(folded);
    },
    header: () => undefined,
  });
