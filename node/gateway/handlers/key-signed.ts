/** GET keys/{key}/signed: what a key signed since it may have been stolen. */
import type { KeySignedJson, ParamsOf, QueryOf } from '../../../shared/api.ts';
import { type Epoch, type Height, heightOf, type ValidatorId } from '../../../shared/types/brands.ts';
import { readMembershipOf } from '../../ledger/modules/epochs.ts';
import { type RegisteredKey, readKey } from '../../ledger/modules/keys.ts';
import { evidenceAction } from '../../ledger/modules/validator.ts';
import { attestAction, readyAction, rotateAction } from '../../ledger/modules/validator-actions.ts';
import type { BlockSummary, TransactionRecord } from '../../runtime/queries.ts';
import type { Answer, GatewayContext } from '../context.ts';
import { ProblemError } from '../http/problem-error.ts';
import { pageRequest } from '../pages.ts';

type Row = KeySignedJson['rows'][number];

/** Of a consensus key: blocks that one answer looks at. */
const heightsPerPage = 200;
const transactionsPerPage = 200;
const transactionsPerActionMax = 1_000;
/** What validators say with their consensus keys. */
const ownActions = [rotateAction, readyAction, attestAction, evidenceAction];

export function getKeySigned(
  context: GatewayContext,
  { publicKey }: ParamsOf<'keySigned'>,
  { since, cursor }: QueryOf<'keySigned'>,
): Answer<KeySignedJson> {
  const key = readKey(context.state, publicKey);
  if (key === undefined)
    throw new ProblemError('not-found', `No key ${publicKey} was ever registered.`, { key: publicKey });
  const { kind, owner } = key;
  const from = firstHeight(context, key, since);
  const page =
    kind === 'consensus' ? blocksPage(context, key, from, cursor) : sentPage(context, key, from, cursor);
  return { body: { key: publicKey, kind, owner, from, ...page } };
}

function firstHeight(context: GatewayContext, key: RegisteredKey, since: string | undefined): Height {
  if (since === undefined) {
    const suspected = key.suspected?.since;
    if (suspected === undefined) return heightOf(key.since);
    return 'height' in suspected ? heightOf(suspected.height) : heightAt(context, suspected.time);
  }
  return /^[0-9]+$/.test(since) ? heightOf(Number(since)) : heightAt(context, Date.parse(since));
}

/** The first block of that time or later. Block times never fall (rule X1). */
function heightAt({ queries }: GatewayContext, time: number): Height {
  let low = 0;
  let high: number = queries.certifiedHeight() + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const block = queries.block(heightOf(middle));
    if (block !== undefined && block.header.time >= time) high = middle;
    else low = middle + 1;
  }
  return heightOf(low);
}

/** The epochs say where the key was its validator's, the certificates whether its seal is there. */
function blocksPage(
  context: GatewayContext,
  key: RegisteredKey,
  from: Height,
  cursor: string | undefined,
): Pick<KeySignedJson, 'rows' | 'next'> {
  const { queries } = context;
  const start = cursor === undefined ? from : heightOfCursor(cursor);
  const tip = queries.certifiedHeight();
  const end = Math.min(start + heightsPerPage - 1, tip);
  const isKeyOf = keyByEpoch(context, key);
  const rows: Row[] = [];
  for (let height: number = start; height <= end; height += 1) {
    const block = queries.block(heightOf(height));
    if (block?.certificate === undefined || !isKeyOf(block.certificate.epoch)) continue;
    const row = blockRow(block, block.certificate, key.owner as ValidatorId);
    if (row.sealed || row.proposed) rows.push(row);
  }
  const sent = start <= end ? ownTransactions(context, key, heightOf(start), heightOf(end)) : [];
  const sorted = [...rows, ...sent].sort((one, other) => one.height - other.height);
  return { rows: sorted, ...(end < tip && { next: `height-${end + 1}` }) };
}

function keyByEpoch({ state }: GatewayContext, { key, owner }: RegisteredKey): (epoch: Epoch) => boolean {
  const known = new Map<Epoch, boolean>();
  return (epoch) => {
    const found =
      known.get(epoch) ??
      readMembershipOf(state, epoch)?.validators.some(
        (one) => one.id === owner && one.consensusKey === key,
      ) === true;
    known.set(epoch, found);
    return found;
  };
}

function blockRow(
  { height, hash, header }: BlockSummary,
  { seals }: NonNullable<BlockSummary['certificate']>,
  owner: ValidatorId,
): Row & { readonly what: 'block' } {
  const sealed = seals.some(({ validator }) => validator === owner);
  return {
    what: 'block',
    height,
    time: header.time,
    block: hash,
    sealed,
    proposed: header.proposer === owner,
  };
}

function ownTransactions(context: GatewayContext, { key }: RegisteredKey, from: Height, to: Height): Row[] {
  return ownActions.flatMap((action) =>
    context.queries
      .transactions(
        { action, fromHeight: from, toHeight: to },
        { limit: transactionsPerActionMax, ascending: true },
      )
      .rows.filter(({ senderKey }) => senderKey === key)
      .map(transactionRow),
  );
}

/** Of an identity: the index knows senders by their id, which may have had other keys. */
function sentPage(
  context: GatewayContext,
  { key, kind, owner }: RegisteredKey,
  from: Height,
  cursor: string | undefined,
): Pick<KeySignedJson, 'rows' | 'next'> {
  if (kind !== 'identity') return { rows: [] };
  const query = {
    limit: transactionsPerPage,
    order: 'oldest' as const,
    ...(cursor !== undefined && { cursor }),
  };
  const page = pageRequest(query, (request) =>
    context.queries.transactions({ sender: owner, fromHeight: from }, request),
  );
  const rows = page.rows.filter(({ senderKey }) => senderKey === key).map(transactionRow);
  return { rows, ...(page.next !== undefined && { next: page.next }) };
}

const transactionRow = ({ id, height, time, action, outcome }: TransactionRecord): Row => ({
  what: 'transaction',
  height,
  time,
  transaction: id,
  action,
  status: outcome.status,
});

/** @throws ProblemError `invalid-cursor` */
function heightOfCursor(cursor: string): Height {
  const height = /^height-(0|[1-9][0-9]{0,14})$/.exec(cursor)?.[1];
  if (height === undefined)
    throw new ProblemError('invalid-cursor', 'The cursor was not issued by this API.', { cursor });
  return heightOf(Number(height));
}
