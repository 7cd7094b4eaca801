/** What strangers may send to a gateway: bodies, queries, subscriptions, and whole requests over a real socket. */
import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { parse } from 'node:querystring';
import { checked, checkedQuery } from '../../../node/gateway/http/checked-request.ts';
import { ProblemError } from '../../../node/gateway/http/problem-error.ts';
import { readSubscribe } from '../../../node/gateway/stream/read-subscribe.ts';
import { readSubmission } from '../../../node/gateway/submission-reader.ts';
import { appendArgs, genesisTime, testEnvelope } from '../../../node/gateway/test-support/consortium.ts';
import { startTestGateway } from '../../../node/gateway/test-support/started-gateway.ts';
import { jsonOfProofPack, jsonOfReceipt } from '../../../shared/api/json-of-ledger.ts';
import { proofPackOfJson, receiptOfJson } from '../../../shared/api/ledger-of-json.ts';
import { endpoints, proofPackSchema, receiptSchema, subscribeMessageSchema } from '../../../shared/api.ts';
import { encode } from '../../../shared/codec/dag-cbor.ts';
import { concatBytes, toBase64Url } from '../../../shared/codec/hex.ts';
import {
  decodeProofPack,
  decodeReceipt,
  encodeProofPack,
  encodeReceipt,
} from '../../../shared/codec/ledger.ts';
import { memberNames, type OwnWords, ownWords } from '../own-words.ts';
import {
  accepted,
  bytesOf,
  type OpenTarget,
  type Outcome,
  PropertyBroken,
  refused,
  type Target,
  textOf,
} from '../target.ts';
import { readOrRefusal } from './codec-target.ts';
import { examplePacks, exampleReceipts } from './ledger.ts';

/** ProblemError is the one named error of the gateway; `internal` would be a fault of ours. */
function answered(own: OwnWords, work: () => string): Outcome {
  try {
    return accepted(work());
  } catch (error) {
    if (!(error instanceof ProblemError) || error.code === 'internal') throw error;
    return refused(`${error.code} ${whereOf(error, own)}`);
  }
}

/** `expected` is the product's text, `member` may be the sender's, and so may all else in the message. */
function whereOf({ facts: { member, expected } }: ProblemError, own: OwnWords): string {
  const where = typeof member === 'string' ? own.place(member) : '';
  return typeof expected === 'string' ? `${where} ${expected.replace(/\d+/g, '#')}` : where;
}

const envelopesMax = 10_000;
const envelopes = [
  new Uint8Array(40).fill(1),
  encode({ body: new Uint8Array(9), signature: new Uint8Array(64) }),
];

const submissions = [
  { envelope: toBase64Url(envelopes[0]!) },
  { envelopes: envelopes.map(toBase64Url) },
  { envelope: toBase64Url(envelopes[0]!), payloads: envelopes.map(toBase64Url) },
  { envelopes: [{ envelope: toBase64Url(envelopes[0]!), payloads: [toBase64Url(envelopes[1]!)] }] },
];
const jsonBodies = submissions.map((body) => bytesOf(JSON.stringify(body)));
const bodyWords = ownWords(memberNames(submissions));

const cborBodies = [
  envelopes[1]!,
  encode(envelopes),
  concatBytes(Uint8Array.of(0x82), envelopes[1]!, envelopes[1]!),
];

const bodyTarget = (kind: 'json' | 'cbor', corpus: readonly Uint8Array[]): Target => ({
  name: `http-body-${kind}`,
  form: kind,
  open: () => ({
    corpus,
    run: (input) =>
      answered(
        bodyWords,
        () => `${readSubmission(`application/${kind}`, input, envelopesMax).envelopes.length > 1}`,
      ),
  }),
});

const queryWords = ownWords(Object.values(endpoints).flatMap(({ query }) => Object.keys(query.def.shape)));

/** Input: the endpoint's name, `?`, the query. */
const queryTarget: Target = {
  name: 'http-query',
  form: 'text',
  open: () => ({
    corpus: [
      `transactions?sender=${'ab'.repeat(32)}&limit=20&cursor=dHg6MQ`,
      'blocks?limit=10',
      'submit?wait=certified&receipts=omit&timeoutMs=1000',
      'stream?from=0&limit=5&asOf=3',
      'search?q=a%20b',
      'analytics?fromMs=0&toMs=5&limit=9',
    ].map(bytesOf),
    run: (input) => {
      const [name = '', query = ''] = textOf(input).split('?', 2);
      if (!Object.hasOwn(endpoints, name)) return refused('no endpoint');
      const endpoint = endpoints[name as keyof typeof endpoints];
      return answered(queryWords, () => Object.keys(checkedQuery(endpoint.query, parse(query))).join(' '));
    },
  }),
};

const subscriptions = [
  {
    type: 'subscribe',
    topic: 'blocks',
    from: 'now',
    filter: { nonEmpty: true },
    include: ['transactionIds'],
  },
  { type: 'subscribe', topic: 'events', from: 7, filter: { streamPrefix: 'a/', labels: { port: 'x' } } },
];
const subscriptionWords = ownWords(memberNames(subscriptions));

const subscribeTarget: Target = {
  name: 'subscribe',
  form: 'json',
  open: () => ({
    corpus: subscriptions.map((message) => bytesOf(JSON.stringify(message))),
    run: (input) => {
      const text = textOf(input);
      return answered(subscriptionWords, () => {
        const message = readSubscribe(text);
        // What was read says the same when it is written and read again.
        const again = checked(subscribeMessageSchema, JSON.parse(JSON.stringify(message)), 'body');
        if (JSON.stringify(again) !== JSON.stringify(message)) throw new PropertyBroken('round-trip', text);
        return message.topic;
      });
    },
  }),
};

/** JSON of a proof, as files and answers hold it. */
const proofJsonTarget = <Json>(
  name: string,
  corpus: readonly Json[],
  schema: { safeParse(value: unknown): { success: boolean; data?: Json } },
  encodeJson: (json: Json) => Uint8Array,
): Target => ({
  name,
  form: 'json',
  open: () => ({
    corpus: corpus.map((json) => bytesOf(JSON.stringify(json))),
    run: (input) => {
      let value: unknown;
      try {
        value = JSON.parse(textOf(input));
      } catch {
        return refused('not json');
      }
      const { success, data } = schema.safeParse(value);
      if (!success || data === undefined) return refused('schema');
      const read = readOrRefusal(() => encodeJson(data));
      return 'refusal' in read ? read.refusal : accepted();
    },
  }),
});

/** Input: a whole HTTP request. The answer must come, and must not be an internal error. */
const requestTarget: Target = {
  name: 'http-request',
  form: 'text',
  open: openRequests,
};

async function openRequests(): Promise<OpenTarget> {
  const gateway = await startTestGateway();
  const { network } = gateway.ledger;
  const envelope = testEnvelope({
    network,
    action: 'streams.append',
    args: appendArgs('s', 'e-1'),
    expiresAt: genesisTime + 60_000,
  });
  gateway.node.certify();
  const signedIn = `Authorization: Bearer ${await gateway.token('admin')}\r\n`;
  const get = (path: string): string =>
    `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${signedIn}Connection: close\r\n\r\n`;
  const post = (path: string, type: string, body: string): string =>
    `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${signedIn}Connection: close\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const id = createHash('sha256').update(envelope).digest('hex');
  const paths = Object.values(endpoints)
    .filter(({ method }) => method === 'get')
    .map(({ path }) =>
      `/api/v1${path}`
        .replace(/\{(height|block)\}/, '0')
        .replace(/\{id\}/, id)
        .replace(/\{\w+\}/, 'a%2Fb'),
    );
  const port = Number(new URL(gateway.url).port);
  return {
    corpus: [
      ...paths.map(get),
      get('/healthz'),
      get('/api/v1/blocks?limit=5&cursor=YmxvY2tzOjE'),
      post('/api/v1/transactions', 'application/json', JSON.stringify({ envelope: toBase64Url(envelope) })),
      post('/api/v1/transactions?wait=certified&timeoutMs=1', 'application/json', '{"envelopes":["AA"]}'),
    ].map(bytesOf),
    run: async (input) => {
      const status = await exchange(port, input);
      const internal = gateway.logged.find(
        ({ code }) => code === 'gateway-failed' || code === 'subscription-failed',
      );
      if (status >= 500 && status !== 503 && status !== 501 && status !== 505) {
        throw new PropertyBroken('named-error', `HTTP ${status} ${JSON.stringify(internal ?? null)}`);
      }
      return status < 400 ? accepted(String(status)) : refused(String(status));
    },
    close: () => gateway.close(),
  };
}

const answerMs = 200;

/** @returns the status of the first answer; 0 if the server waits for more or hangs up */
function exchange(port: number, request: Uint8Array): Promise<number> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let head = '';
    const finish = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? 0));
    };
    const timer = setTimeout(finish, answerMs);
    socket.on('data', (chunk) => {
      head += chunk.toString('latin1').slice(0, 16);
      if (head.length >= 12) finish();
    });
    socket.on('error', finish);
    socket.on('end', finish);
    socket.end(request);
  });
}

export const httpTargets: readonly Target[] = [
  bodyTarget('json', jsonBodies),
  bodyTarget('cbor', cborBodies),
  queryTarget,
  subscribeTarget,
  proofJsonTarget(
    'receipt-json',
    exampleReceipts.map((bytes) => jsonOfReceipt(decodeReceipt(bytes))),
    receiptSchema,
    (json) => encodeReceipt(receiptOfJson(json)),
  ),
  proofJsonTarget(
    'proof-pack-json',
    examplePacks.map((bytes) => jsonOfProofPack(decodeProofPack(bytes))),
    proofPackSchema,
    (json) => encodeProofPack(proofPackOfJson(json)),
  ),
  requestTarget,
];
