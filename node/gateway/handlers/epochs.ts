/** GET epochs, and who held which key in them. */
import { jsonOfEpochLink } from '../../../shared/api/json-of-ledger.ts';
import type { EpochRowJson, EpochsJson, KeyHistoryJson, QueryOf } from '../../../shared/api.ts';
import { faultsTolerated, quorum } from '../../../shared/protocol/quorum.ts';
import { type Epoch, epochOf } from '../../../shared/types/brands.ts';
import { activationOfEpoch } from '../../ledger/modules/epochs.ts';
import type { Answer, GatewayContext } from '../context.ts';
import { keyHistory } from '../key-history.ts';
import { linkInto, membershipOf, type ProofSource } from '../proofs.ts';

const defaultLimit = 50;

export function listEpochs(context: GatewayContext, query: QueryOf<'epochs'>): Answer<EpochsJson> {
  const { from = 0, limit = defaultLimit } = query;
  const current = currentEpoch(context);
  const end = Math.min(from + limit, current + 1);
  const rows = Array.from({ length: Math.max(0, end - from) }, (_, index) =>
    epochRow(context, epochOf(from + index), current),
  );
  return { body: { current, rows, ...(end <= current && end > from ? { next: end } : {}) } };
}

/** Of the next block: execution may be further, but only what is certified can be proven. */
function currentEpoch({ queries }: ProofSource): Epoch {
  const tip = queries.block(queries.certifiedHeight());
  if (tip === undefined) throw new Error('the index holds no block');
  return tip.header.nextEpoch;
}

function epochRow(source: ProofSource, epoch: Epoch, current: Epoch): EpochRowJson {
  const { firstHeight, validators, parameters, protocol } = membershipOf(source.state, epoch);
  const n = validators.length;
  const activation = activationOfEpoch(source.state, epoch);
  const next = epoch < current ? membershipOf(source.state, epochOf(epoch + 1)) : undefined;
  return {
    epoch,
    firstHeight,
    ...(next === undefined ? {} : { lastHeight: next.firstHeight - 1 }),
    n,
    f: faultsTolerated(n),
    q: quorum(n),
    protocol,
    parameters: { ...parameters },
    validators: [...validators],
    ...(activation === undefined ? {} : { activation }),
    link: epoch === 0 ? null : jsonOfEpochLink(linkInto(source, epoch)),
  };
}

export function getKeyHistory(context: GatewayContext, query: QueryOf<'keyHistory'>): Answer<KeyHistoryJson> {
  const { node, cursor = '', limit = defaultLimit } = query;
  const wanted = keyHistory(context.state, currentEpoch(context)).filter(({ id }) =>
    node === undefined ? id > cursor : id === node,
  );
  const rows = wanted.slice(0, limit);
  const last = rows.at(-1);
  const isMore = last !== undefined && wanted.length > rows.length;
  return { body: { rows, ...(isMore ? { next: last.id } : {}) } };
}
