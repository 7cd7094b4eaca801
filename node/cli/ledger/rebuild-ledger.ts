/** State from the stored events alone, folded again; the root of every block must be the one in its header. */
import { foldBlock } from '../../ledger/fold.ts';
import type { LedgerReader } from '../../storage/ledger-reader.ts';
import type { CliIo } from '../io.ts';
import type { LedgerVerdict } from './ledger-fault.ts';
import { compare, walkLedger } from './walk.ts';

export const rebuildLedger = (io: CliIo, reader: LedgerReader): Promise<LedgerVerdict> =>
  walkLedger(io, reader, undefined, {
    block({ height, header, transactions }, state) {
      const folded = foldBlock({ state, tree: state, time: header.time, ran: transactions });
      compare(height, 'state-root', header.state, folded.stateRoot);
      state.apply(folded);
    },
    header: () => undefined,
  });
