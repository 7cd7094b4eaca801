/**
 * What events of a stream must be: a schema (node/ledger/schema), set and removed by ballots. It is asked of every
 * event that is appended from the block after on, so that one block judges all appends of a stream alike; what was
 * appended before stays. The value that is checked is the event as `streams.append` has it.
 */
import { encode } from '../../../shared/codec/dag-cbor.ts';
import { equalBytes } from '../../../shared/codec/hex.ts';
import type { Height } from '../../../shared/types/brands.ts';
import type { CborValue, LedgerEvent } from '../../../shared/types/ledger.ts';
import { assert } from '../assert.ts';
import { decided, refused } from '../decision.ts';
import { anything, fields, text, trimmed } from '../form.ts';
import { limits } from '../limits.ts';
import { readRecord, writeRecord } from '../records.ts';
import type { CheckSteps } from '../schema/block-steps.ts';
import { schemaFault } from '../schema/check-schema.ts';
import { violationOf } from '../schema/evaluate.ts';
import { Meter } from '../schema/meter.ts';
import type { EventFault } from '../schema-rejections.ts';
import { stateKeys } from '../state-keys.ts';
import type { CommandContext, Decision, Governed, LedgerModule, StateChanges, StateView } from '../types.ts';

/** `since`: the first height that it is asked at; null removes it. */
type SetArgs = { readonly stream: string; readonly schema: CborValue };
type SetData = SetArgs & { readonly since: number };
type RemovedData = { readonly stream: string; readonly since: number };

type SchemaData = {
  readonly since: number;
  /** Asked from `since` on; absent if it was removed. */
  readonly schema?: CborValue;
  /** Asked below `since`, in the block of the change; absent if there was none. */
  readonly before?: CborValue;
};

export const schemasModule: LedgerModule = {
  name: 'schemas',
  actions: {},
  decide: (_state, _context, action) => {
    throw new Error(`Ledger invariant violated: schemas owns no action, asked for ${action}`);
  },
  evolve: evolveSchemas,
};

export const governedSchemas = {
  'schemas.set': {
    form: fields({ stream: trimmed(text(1, limits.streamNameBytesMax)), schema: anything }),
    decide: (state, context, args) => set(state, context, args as SetArgs),
  },
} satisfies { readonly [kind: string]: Governed };

function set(state: StateView, { height }: CommandContext, { stream, schema }: SetArgs): Decision {
  const present = readData(state, stream)?.schema;
  const since = height + 1;
  if (schema === null) {
    if (present === undefined) return refused({ code: 'schema-unchanged', facts: { stream } });
    const data: RemovedData = { stream, since };
    return decided({ type: 'schemas.removed', data });
  }
  const fault = schemaFault(schema);
  if (fault !== undefined) return refused(fault);
  if (present !== undefined && equalBytes(encode(present), encode(schema)))
    return refused({ code: 'schema-unchanged', facts: { stream } });
  const data: SetData = { stream, schema, since };
  return decided({ type: 'schemas.set', data });
}

function evolveSchemas(state: StateChanges, event: LedgerEvent): void {
  assert(
    event.type === 'schemas.set' || event.type === 'schemas.removed',
    `schemas knows no event ${event.type}`,
  );
  const { stream, since, schema } = event.data as RemovedData & Partial<SetData>;
  const present = readData(state, stream);
  const before = present?.since === since ? present.before : present?.schema;
  const data: SchemaData = {
    since,
    ...(schema === undefined ? {} : { schema }),
    ...(before === undefined ? {} : { before }),
  };
  const isNothing = schema === undefined && before === undefined;
  if (isNothing) state.delete(stateKeys.streamSchema(stream));
  else writeRecord(state, stateKeys.streamSchema(stream), data);
  count(state, (isNothing ? 0 : 1) - (present === undefined ? 0 : 1));
}

function count(state: StateChanges, more: number): void {
  if (more === 0) return;
  writeRecord(
    state,
    stateKeys.streamSchemas,
    (readRecord<number>(state, stateKeys.streamSchemas) ?? 0) + more,
  );
}

/** Most ledgers and blocks have none: then nothing is looked for by name. */
function readData(state: StateView, stream: string): SchemaData | undefined {
  if ((readRecord<number>(state, stateKeys.streamSchemas) ?? 0) === 0) return undefined;
  return readRecord<SchemaData>(state, stateKeys.streamSchema(stream));
}

/** Why one of the events may not be appended in the block of this height. Each has the form of an append. */
export function eventsFault(
  state: StateView,
  { height, checkSteps }: { readonly height: Height; readonly checkSteps?: CheckSteps | undefined },
  stream: string,
  events: readonly { readonly [name: string]: CborValue; readonly eventId: string }[],
): EventFault | undefined {
  const data = readData(state, stream);
  const schema = data !== undefined && height < data.since ? data.before : data?.schema;
  if (schema === undefined) return undefined;
  const stepsMax = Math.min(limits.schemaStepsMax, checkSteps?.max ?? limits.schemaStepsMax);
  const meter = new Meter(stepsMax);
  const exceeded = stepsMax < limits.schemaStepsMax ? 'schema-block-steps-exceeded' : 'schema-steps-exceeded';
  const fault = firstFault(schema);
  checkSteps?.spend(stepsMax - Math.max(0, meter.left));
  return fault;

  function firstFault(asked: CborValue): EventFault | undefined {
    for (const event of events) {
      const { eventId } = event;
      const found = violationOf(asked, event, meter);
      if (found === 'steps-exceeded') return { code: exceeded, facts: { stream, eventId, stepsMax } };
      if (found !== undefined) return { code: 'schema-violation', facts: { stream, eventId, ...found } };
    }
    return undefined;
  }
}

export interface StreamSchema {
  /** Of the subset of JSON Schema: a map, true or false. */
  readonly schema: CborValue;
  /** The first height that it is asked at. */
  readonly since: Height;
}

/** undefined if the stream has none. */
export function readSchema(state: StateView, stream: string): StreamSchema | undefined {
  const data = readData(state, stream);
  if (data?.schema === undefined) return undefined;
  return { schema: data.schema, since: data.since as Height };
}
