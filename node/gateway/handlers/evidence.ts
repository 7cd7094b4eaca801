/** GET evidence: read from state, so that a node that came by a snapshot has all of it. */
import {
  type EvidenceListJson,
  type EvidenceRecordJson,
  jsonOfSlotMessage,
  type ParamsOf,
  type QueryOf,
} from '../../../shared/api.ts';
import { encodeEvidence } from '../../../shared/codec/evidence.ts';
import { toBase64Url } from '../../../shared/codec/hex.ts';
import type { GenesisDocument } from '../../../shared/types/ledger.ts';
import { evidenceCount, type RecordedEvidence, readEvidence } from '../../ledger/modules/validator.ts';
import type { Answer, GatewayContext } from '../context.ts';
import { ProblemError } from '../http/problem-error.ts';

const defaultLimit = 50;

export function listEvidence(context: GatewayContext, query: QueryOf<'evidence'>): Answer<EvidenceListJson> {
  const { limit = defaultLimit, order = 'newest', cursor } = query;
  const stepBy = order === 'oldest' ? 1 : -1;
  const first = order === 'oldest' ? 0 : certifiedCount(context) - 1;
  const start = cursor === undefined ? first : placeOfCursor(cursor);
  const records: RecordedEvidence[] = [];
  let number = start;
  for (; records.length < limit; number += stepBy) {
    const record = certifiedRecord(context, number);
    if (record === undefined) break;
    records.push(record);
  }
  const more = records.length > 0 && certifiedRecord(context, number) !== undefined;
  const rows = records.map((record) => evidenceJson(context.genesis, record));
  return { body: { rows, ...(more ? { next: cursorOfPlace(number) } : {}) } };
}

export function getEvidenceRecord(
  context: GatewayContext,
  { number }: ParamsOf<'evidenceRecord'>,
): Answer<EvidenceRecordJson> {
  const record = certifiedRecord(context, Number(number));
  if (record === undefined)
    throw new ProblemError('not-found', `No evidence has the number ${number}.`, { number });
  return { body: evidenceJson(context.genesis, record) };
}

/** State runs ahead of certified blocks by a few: what they recorded is not served yet. */
function certifiedRecord({ state, queries }: GatewayContext, number: number): RecordedEvidence | undefined {
  const record = readEvidence(state, number);
  return record !== undefined && record.height <= queries.certifiedHeight() ? record : undefined;
}

function certifiedCount(context: GatewayContext): number {
  let count = evidenceCount(context.state);
  while (count > 0 && certifiedRecord(context, count - 1) === undefined) count -= 1;
  return count;
}

const cursorOfPlace = (number: number): string => `evidence-${number}`;

/** @throws ProblemError `invalid-cursor` */
function placeOfCursor(cursor: string): number {
  const place = /^evidence-(0|[1-9][0-9]{0,14})$/.exec(cursor)?.[1];
  if (place === undefined)
    throw new ProblemError('invalid-cursor', 'The cursor was not issued by this API.', { cursor });
  return Number(place);
}

function evidenceJson({ validators }: GenesisDocument, record: RecordedEvidence): EvidenceRecordJson {
  const { number, evidence, key, reporter, transaction, height, time } = record;
  const { validator, epoch, kind } = evidence;
  const member = validators.find(({ id }) => id === validator)?.member;
  return {
    number,
    validator,
    ...(member === undefined ? {} : { member }),
    epoch,
    kind,
    key,
    reporter,
    transaction,
    height,
    time,
    first: jsonOfSlotMessage(evidence.first),
    second: jsonOfSlotMessage(evidence.second),
    bytes: toBase64Url(encodeEvidence(evidence)),
  };
}
