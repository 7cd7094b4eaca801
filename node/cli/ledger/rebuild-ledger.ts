/**
 * State from the stored events alone, folded again; the root of every block must be the one in its header, and what
 * opened and closed it, which is decided again, must be what is stored. The epoch that state is in, and the set that it
 * names, must be those of the header, before the block and after it.
 */
import { validatorSetDigest } from '../../../shared/codec/ledger.ts';
import type { Header } from '../../../shared/types/ledger.ts';
import { foldBlock } from '../../ledger/fold.ts';
import { readMembership } from '../../ledger/modules/epochs.ts';
import { recoveredView } from '../../ledger/recovered-view.ts';
import type { StateView } from '../../ledger/types.ts';
import type { LedgerReader } from '../../storage/ledger-reader.ts';
import type { CliIo } from '../io.ts';
import type { LedgerVerdict } from './ledger-fault.ts';
import { compare, compareOwnEvents, recoveryBehind, walkLedger } from './walk.ts';

export const rebuildLedger = (io: CliIo, reader: LedgerReader): Promise<LedgerVerdict> =>
  walkLedger(io, reader, undefined, {
    block({ height, header, transactions, opening, closing }, state) {
      const recovery = recoveryBehind(reader, header);
      // What the members signed takes the place of the set before anything else of the block.
      const before = recovery === undefined ? state : recoveredView(state, recovery);
      compareEpoch(header, before, { epoch: header.epoch, validators: header.validators });
      const folded = foldBlock({
        state,
        tree: state,
        height,
        time: header.time,
        ran: transactions,
        ...(recovery && { recovery }),
      });
      compare(height, 'state-root', header.state, folded.stateRoot);
      compareOwnEvents(height, { opening, closing }, folded);
      state.apply(folded);
      compareEpoch(header, state, { epoch: header.nextEpoch, validators: header.nextValidators });
    },
    header: () => undefined,
  });

/** @throws FaultFound */
function compareEpoch(
  { height }: Header,
  state: StateView,
  named: { readonly epoch: Header['epoch']; readonly validators: Header['validators'] },
): void {
  const { epoch, validators } = readMembership(state);
  compare(height, 'epoch', String(named.epoch), String(epoch));
  compare(height, 'validators', named.validators, validatorSetDigest(validators));
}
