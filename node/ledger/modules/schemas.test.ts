/** A stream's schema is set and removed by ballots, and asked of every event from the next block on. */
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { decodeEvents, encodeEvents } from '../../../shared/codec/ledger.ts';
import type { GovernedAction } from '../../../shared/types/governance.ts';
import type { CborValue, Transaction } from '../../../shared/types/ledger.ts';
import { executeBlock } from '../execute.ts';
import { foldBlock } from '../fold.ts';
import { limits } from '../limits.ts';
import { readRecord } from '../records.ts';
import { blockSteps } from '../schema/block-steps.ts';
import { stateKeys } from '../state-keys.ts';
import { appendOf, createChain, plainEvent, transactionOf } from '../test-support.ts';
import { readSchema } from './schemas.ts';
import { readStream } from './streams.ts';
import { type Consortium, createConsortium, documentOf, typesOf, verifySignature } from './test-support.ts';

let all: Consortium;
beforeEach(() => {
  all = createConsortium(documentOf(2));
});

const setting = (stream: string, schema: CborValue): GovernedAction => ({
  kind: 'schemas.set',
  args: { stream, schema },
});
const decide = (...actions: readonly GovernedAction[]) => all.decide(actions, ['m2.admin']);
const append = (stream: string, eventId: string, data: CborValue = 1) =>
  all.act('m1.submitter', 'streams.append', appendOf(stream, eventId, 'any', data));
const reasonOf = (...actions: readonly GovernedAction[]) => {
  const { refusal } = all.propose('m1.admin', actions);
  expect(refusal?.code).toBe('plan-refused');
  return { code: refusal?.facts.reason, facts: refusal?.facts.facts };
};

const dataOf = (type: string): CborValue => ({ properties: { data: { type } } });
const violation = (eventId: string, type: string) => ({
  code: 'schema-violation',
  facts: { stream: 's', eventId, path: '/data', keyword: 'type', expected: type },
});

describe('schemas.set', () => {
  test('asks every new event of its stream from the next block on', () => {
    append('s', 'early', 'no number');
    const { events, block } = decide(setting('s', dataOf('number')));
    expect(typesOf({ events })).toContain('schemas.set');
    expect(readSchema(all.chain.view, 's')).toEqual({ schema: dataOf('number'), since: block.height + 1 });
    expect(append('s', 'a', 5).refusal).toBeUndefined();
    expect(append('s', 'b', 'text').refusal).toEqual(violation('b', 'number'));
    expect(append('t', 'b', 'text').refusal).toBeUndefined();
    expect(readStream(all.chain.view, 's')?.revision).toBe(1);
  });

  test('of a stream that does not exist yet asks its first event', () => {
    decide(setting('s', dataOf('number')));
    expect(append('s', 'a', 'text').refusal).toEqual(violation('a', 'number'));
    expect(readStream(all.chain.view, 's')).toBeUndefined();
    expect(append('s', 'a', 1).refusal).toBeUndefined();
  });

  test('replaces one, and null removes it', () => {
    decide(setting('s', dataOf('number')));
    decide(setting('s', dataOf('string')));
    expect(append('s', 'a', 1).refusal).toEqual(violation('a', 'string'));
    expect(typesOf(decide(setting('s', null)))).toContain('schemas.removed');
    expect(append('s', 'a', 1).refusal).toBeUndefined();
    expect(readSchema(all.chain.view, 's')).toBeUndefined();
    decide(setting('s', false));
    expect(append('s', 'b', 1).refusal).toMatchObject({ facts: { path: '', keyword: 'false' } });
  });

  test('several of one proposal are carried out in their order', () => {
    decide(setting('s', dataOf('number')), setting('t', dataOf('null')), setting('s', dataOf('string')));
    expect(readSchema(all.chain.view, 's')?.schema).toEqual(dataOf('string'));
    expect(readSchema(all.chain.view, 't')?.schema).toEqual(dataOf('null'));
  });

  test('sees the whole event: type, labels, references and payload, too', () => {
    const schema = {
      required: ['payload'],
      properties: {
        type: { enum: ['shipped'] },
        eventId: { minLength: 2 },
        labels: { required: ['carrier'] },
        references: { minItems: 1 },
      },
      additionalProperties: true,
    };
    decide(setting('s', schema));
    const payload = { digest: new Uint8Array(32), size: 1, erasable: false, recipients: [] };
    const whole = {
      ...plainEvent('e1'),
      type: 'shipped',
      labels: { carrier: 'sea' },
      references: ['r'],
      payload,
    };
    const send = (change: { [name: string]: CborValue }) =>
      all.act('m1.submitter', 'streams.append', {
        stream: 's',
        expectedRevision: 'any',
        events: [{ ...whole, ...change }],
      }).refusal;
    expect(send({ type: 'made' })).toMatchObject({ facts: { path: '/type', keyword: 'enum' } });
    expect(send({ eventId: 'e' })).toMatchObject({ facts: { path: '/eventId', keyword: 'minLength' } });
    expect(send({ labels: {} })).toMatchObject({ facts: { path: '/labels', keyword: 'required' } });
    expect(send({ references: [] })).toMatchObject({ facts: { path: '/references', keyword: 'minItems' } });
    expect(send({})).toBeUndefined();
    const { payload: _, ...bare } = whole;
    const args = { stream: 's', expectedRevision: 'any', events: [{ ...bare, eventId: 'e2' }] };
    expect(all.act('m1.submitter', 'streams.append', args).refusal).toMatchObject({
      facts: { path: '', expected: 'the property payload' },
    });
  });
});

describe('within one block', () => {
  /** The proposal is made and needs one ballot more; what follows it in the block is given. */
  function blockWithBallot(schema: CborValue, ...appends: readonly CborValue[]) {
    all.propose('m1.admin', [setting('s', schema)]);
    const { chain, time } = all;
    const proposal = readRecord<number>(chain.view, stateKeys.proposalCount)! - 1;
    const options = { expiresAt: time + 60_000 };
    const send = (sender: string, action: string, args: CborValue): Transaction =>
      transactionOf(chain.genesis, action, args, { ...options, sender });
    const block = executeBlock({
      ...chain.input(
        [
          send('m2.admin', 'governance.vote', { proposal, approve: true }),
          ...appends.map((args) => send('m1.submitter', 'streams.append', args)),
        ],
        time,
      ),
      verifySignature,
    });
    chain.apply(block);
    return block.ran.slice(1).map(({ outcome }) => outcome.status);
  }

  test('appends behind the ballot are judged as those before it', () => {
    expect(blockWithBallot(dataOf('number'), appendOf('s', 'a', 'any', 'text'))).toEqual(['succeeded']);
    expect(append('s', 'b', 'text').refusal).toEqual(violation('b', 'number'));
    const both = [appendOf('s', 'c', 'any', 1), appendOf('s', 'd', 'any', 'text')];
    expect(blockWithBallot(dataOf('string'), ...both)).toEqual(['succeeded', 'failed']);
    expect(
      blockWithBallot(null, ...[1, 'text'].map((data, i) => appendOf('s', `${i}`, 'any', data))),
    ).toEqual(['failed', 'succeeded']);
    expect(append('s', 'e', 1).refusal).toBeUndefined();
  });

  test('several changes leave in force what was before the first, until the block ends', () => {
    decide(setting('s', dataOf('number')));
    all.propose('m1.admin', [setting('s', null), setting('s', true), setting('s', dataOf('string'))]);
    all.vote('m2.admin', 1);
    expect(readRecord(all.chain.view, stateKeys.streamSchema('s'))).toEqual({
      schema: dataOf('string'),
      since: all.height(),
      before: dataOf('number'),
    });
  });

  test('set and removed at once leaves nothing', () => {
    decide(setting('s', true), setting('s', null));
    expect(all.chain.state.has(stateKeys.streamSchema('s'))).toBe(false);
    expect(readRecord(all.chain.view, stateKeys.streamSchemas)).toBe(0);
    decide(setting('s', true), setting('t', true), setting('t', null));
    expect(readRecord(all.chain.view, stateKeys.streamSchemas)).toBe(1);
  });
});

describe('an append', () => {
  test('of several events is refused whole, and names the first that is wrong', () => {
    decide(setting('s', dataOf('number')));
    const events = [plainEvent('a', 1), plainEvent('b', 'text'), plainEvent('c', null)];
    const { refusal } = all.act('m1.submitter', 'streams.append', {
      stream: 's',
      expectedRevision: 'any',
      events,
    });
    expect(refusal).toEqual(violation('b', 'number'));
    expect(readStream(all.chain.view, 's')).toBeUndefined();
  });

  test('that repeats what was appended before the schema is still answered with the first outcome', () => {
    append('s', 'a', 'text');
    decide(setting('s', dataOf('number')));
    expect(typesOf(append('s', 'a', 'text'))).toEqual(['streams.repeated']);
  });

  test('at another revision is told that first', () => {
    decide(setting('s', dataOf('number')));
    expect(all.act('m1.submitter', 'streams.append', appendOf('s', 'a', 3, 'text')).refusal?.code).toBe(
      'wrong-expected-revision',
    );
  });

  test('that takes more steps than an append may is refused by that name, its events together', () => {
    const costly = { properties: { data: { items: { allOf: Array(8).fill({ items: { minimum: 0 } }) } } } };
    decide(setting('s', costly));
    const rows = (count: number): CborValue => Array(count).fill([1, 2, 3]) as CborValue;
    expect(append('s', 'a', rows(600)).refusal).toBeUndefined();
    const events = [plainEvent('b', rows(600)), plainEvent('c', rows(600))];
    const { refusal } = all.act('m1.submitter', 'streams.append', {
      stream: 's',
      expectedRevision: 'any',
      events,
    });
    expect(refusal).toEqual({
      code: 'schema-steps-exceeded',
      facts: { stream: 's', eventId: 'c', stepsMax: limits.schemaStepsMax },
    });
  });
});

describe('the steps of one block', () => {
  const costly = { properties: { data: { items: { allOf: Array(8).fill({ items: { minimum: 0 } }) } } } };
  const rows = Array(600).fill([1, 2, 3]) as CborValue;
  /** A block of these appends, each with the refusal's code or undefined. */
  function codes(...appends: readonly [eventId: string, data: CborValue][]): (string | undefined)[] {
    const sent = appends.map(([eventId, data]) =>
      transactionOf(all.chain.genesis, 'streams.append', appendOf('s', eventId, 'any', data), {
        sender: 'm1.submitter',
        expiresAt: all.time + 60_000,
      }),
    );
    all.time += 10;
    const block = executeBlock({ ...all.chain.input(sent, all.time), verifySignature });
    all.chain.apply(block);
    return block.ran.map(({ outcome }) => (outcome.status === 'failed' ? outcome.rejection.code : undefined));
  }

  test('are used up by appends that cost more than their bytes, and left to those that do not', () => {
    const document = documentOf(2);
    const parameters = { ...document.parameters, batchBytesMax: 64 * 1024, envelopeBytesMax: 64 * 1024 };
    all = createConsortium({ ...document, parameters });
    decide(setting('s', costly));
    expect(codes(['a', rows], ['b', rows], ['c', [[1, 2, 3]]], ['d', rows], ['e', 1])).toEqual([
      undefined,
      'schema-block-steps-exceeded',
      undefined,
      'schema-block-steps-exceeded',
      undefined,
    ]);
    // What was refused counts, too: it was checked. The next block has its own.
    expect(codes(['b', rows], ['d', rows])).toEqual([undefined, 'schema-block-steps-exceeded']);
  });

  test('grow with the bytes that a batch may have', () => {
    decide(setting('s', costly));
    expect(codes(['a', rows], ['b', rows], ['c', rows])).toEqual([undefined, undefined, undefined]);
  });

  test('are at most those of its bytes and the shared ones', () => {
    const allowed = blockSteps({ batchBytesMax: 4 * 1024 * 1024 });
    let spent = 0;
    const bytes = 1_000;
    for (let count = 0; count < 4_000; count += 1) {
      const { max, spend } = allowed(bytes);
      const steps = Math.min(max, limits.schemaStepsMax);
      spend(steps);
      spent += steps;
    }
    expect(spent).toBe(4_000 * bytes + 1024 * 1024);
  });
});

describe('refused', () => {
  test('a keyword that is not of the subset, by its name and place', () => {
    expect(reasonOf(setting('s', { properties: { data: { pattern: '^a' } } }))).toEqual({
      code: 'schema-keyword-unsupported',
      facts: { path: '/properties/data', keyword: 'pattern' },
    });
  });

  test.each([
    [{ type: 'float' }, 'schema-malformed'],
    ['text', 'schema-malformed'],
    [{ $ref: '#' }, 'schema-malformed'],
    [{ $comment: 'x'.repeat(limits.schemaBytesMax) }, 'schema-too-large'],
  ])('%j: %s', (schema, code) => {
    expect(reasonOf(setting('s', schema))).toMatchObject({ code });
  });

  test('the same again, or to remove none', () => {
    const unchanged = { code: 'schema-unchanged', facts: { stream: 's' } };
    expect(reasonOf(setting('s', null))).toEqual(unchanged);
    decide(setting('s', dataOf('number')));
    expect(reasonOf(setting('s', dataOf('number')))).toEqual(unchanged);
    decide(setting('s', null));
    expect(reasonOf(setting('s', null))).toEqual(unchanged);
  });

  test.each(['', ' s', 'x'.repeat(201), 'e\u0301'])('the stream %j, which none can be called', (stream) => {
    const { refusal } = all.propose('m1.admin', [setting(stream, true)]);
    expect(refusal).toMatchObject({
      code: 'malformed-args',
      facts: { path: 'args.actions[0].args.stream' },
    });
  });
});

test('whatever is set and appended, folding the events leads to the state of execution', () => {
  const schema = fc.constantFrom<CborValue>(null, true, false, dataOf('number'), dataOf('string'), {
    pattern: 'x',
  });
  const stream = fc.constantFrom('s', 't');
  const step = fc.oneof(
    fc.record({ actions: fc.array(fc.tuple(stream, schema), { minLength: 1, maxLength: 4 }) }),
    fc.record({ stream, data: fc.constantFrom<CborValue>(1, 'text') }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const one = createConsortium(documentOf(1));
      const folded = createChain(documentOf(1));
      for (const [index, each] of steps.entries()) {
        const { block } =
          'actions' in each
            ? one.propose(
                'm1.admin',
                each.actions.map(([name, value]) => setting(name, value)),
              )
            : one.act('m1.submitter', 'streams.append', appendOf(each.stream, `${index}`, 'any', each.data));
        const ran = block.ran.map(({ transaction, events }) => ({
          transaction,
          events: decodeEvents(encodeEvents(events)),
        }));
        const { height, header } = block;
        const result = foldBlock({ state: folded.view, tree: folded.tree, height, time: header.time, ran });
        expect(result.changes).toEqual(block.changes);
        expect(result.stateRoot).toBe(header.state);
        folded.apply(block);
        const records = [...folded.state.keys()].filter((key) => key.startsWith('streams-schemas/'));
        expect(readRecord(folded.view, stateKeys.streamSchemas) ?? 0).toBe(records.length);
      }
    }),
    { numRuns: 60 },
  );
}, 60_000);
