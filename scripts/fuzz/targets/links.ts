/** What comes over a link before and around consensus messages: frames, hello, messages of the runtime. */
import { EventEmitter } from 'node:events';
import type { WebSocket } from 'ws';
import { encodeFrame, encodePing, encodePong, frameKind } from '../../../node/network/frames.ts';
import { decodeHello, encodeHello, type Hello, refusalOf } from '../../../node/network/hello.ts';
import { openLink, readBudgetOf } from '../../../node/network/link.ts';
import { defaultLimits } from '../../../node/network/options.ts';
import { parseRefusal } from '../../../node/network/refusals.ts';
import { linkVersions } from '../../../node/network/versions.ts';
import { decodeLinkMessage, encodeLinkMessage, type LinkMessage } from '../../../node/runtime/wire.ts';
import { WireError } from '../../../node/runtime/wire-fields.ts';
import { CodecError } from '../../../shared/codec/codec-error.ts';
import { decode, encode } from '../../../shared/codec/dag-cbor.ts';
import { encodeEvidence } from '../../../shared/codec/evidence.ts';
import { encodeBatch, encodeCertificate, envelopeBytesMin } from '../../../shared/codec/ledger.ts';
import { encodeMessage } from '../../../shared/codec/messages.ts';
import {
  type BatchDigest,
  type Digest,
  epochOf,
  heightOf,
  type NetworkId,
  type PublicKey,
  type Signature,
  type TransactionId,
  type ValidatorId,
  viewOf,
} from '../../../shared/types/brands.ts';
import { defaultParameters } from '../../../shared/types/parameters.ts';
import { memberNames, ownWords } from '../own-words.ts';
import { accepted, bytesOf, PropertyBroken, refused, type Target, textOf } from '../target.ts';
import { expectSameBytes } from './codec-target.ts';
import { exampleBatch, exampleCertificate, exampleEvidence, exampleMessages } from './example-messages.ts';

const self = 'validator-0' as ValidatorId;
const hello: Hello = {
  versions: linkVersions,
  network: 'cd'.repeat(32) as NetworkId,
  validator: 'validator-1' as ValidatorId,
  session: 'ab'.repeat(16),
  software: 'concordat 0.1.0',
};
const nodeKey = '0a'.repeat(32) as PublicKey;
const ids = ['01', '02'].map((byte) => byte.repeat(32) as TransactionId);
const envelopes = [new Uint8Array(envelopeBytesMin), new Uint8Array(300)];
const payloads = [Uint8Array.of(1, 2, 3), new Uint8Array(300)];
const messages = exampleMessages.map(encodeMessage);

const challenge = new Uint8Array(32).fill(9);
const manifest = 'cd'.repeat(32) as Digest;

const linkMessages: readonly LinkMessage[] = [
  { type: 'consensus', messages },
  { type: 'consensus', messages: [], certificate: exampleCertificate },
  {
    type: 'status',
    status: { epoch: epochOf(0), view: viewOf(2), height: heightOf(9), executed: heightOf(9) },
  },
  { type: 'ask-newest' },
  { type: 'newest', epoch: epochOf(0), messages: messages.slice(0, 2) },
  { type: 'transactions', envelopes },
  { type: 'hand-over', ids },
  { type: 'pass-on', ids },
  { type: 'get-bodies', ids },
  { type: 'bodies', envelopes },
  { type: 'get-payloads', digests: [manifest] },
  { type: 'payloads', payloads, absent: [manifest] },
  { type: 'get-batch', digest: 'ef'.repeat(32) as BatchDigest },
  { type: 'batch', batch: exampleBatch },
  { type: 'get-blocks', from: heightOf(5), count: 3 },
  {
    type: 'blocks',
    from: heightOf(5),
    blocks: [{ header: new Uint8Array(40), certificate: exampleCertificate, batch: exampleBatch, envelopes }],
  },
  { type: 'get-decided', height: heightOf(5) },
  {
    type: 'decided',
    height: heightOf(5),
    block: {
      header: new Uint8Array(40),
      certificate: exampleCertificate,
      batch: exampleBatch,
      envelopes,
      ran: [{ outcome: new Uint8Array(40), events: new Uint8Array(40) }],
    },
  },
  { type: 'certificate', certificate: exampleCertificate },
  { type: 'recovery', recovery: new Uint8Array(40) },
  { type: 'evidence', evidence: exampleEvidence.map(encodeEvidence) },
  { type: 'ask-presence', activation: 1, ready: manifest, challenge },
  { type: 'presence', challenge, signature: new Uint8Array(64) as Signature },
  { type: 'get-snapshots' },
  { type: 'snapshots', offers: [{ height: heightOf(5), manifest }] },
  { type: 'get-manifest', manifest },
  { type: 'manifest', manifest, bytes: new Uint8Array(40), certificate: exampleCertificate },
  { type: 'get-part', manifest, piece: 1, part: 2 },
  { type: 'part', manifest, piece: 1, part: 2, bytes: new Uint8Array(40) },
  { type: 'get-headers', from: heightOf(5), count: 3 },
  {
    type: 'headers',
    from: heightOf(5),
    headers: [{ header: new Uint8Array(40), certificate: exampleCertificate }],
  },
];

/** Very many items that are none, as a list and beside a long one that makes room for them. */
const crowded = [1_000, 0].map((padding) => {
  const items = [new Uint8Array(padding), ...Array<Uint8Array>(30).fill(new Uint8Array(0))];
  return encode({ type: 'consensus', messages: items });
});

const linkMessageTarget: Target = {
  name: 'link-message',
  form: 'cbor',
  open: () => {
    const corpus = [
      ...linkMessages.map(encodeLinkMessage),
      ...crowded,
      encodeBatch(exampleBatch),
      encodeCertificate(exampleCertificate),
    ];
    const own = ownWords(['message', ...memberNames(corpus.map((bytes) => decode(bytes)))]);
    return {
      corpus,
      run: (input) => {
        let message: LinkMessage;
        try {
          message = decodeLinkMessage(input, defaultParameters);
        } catch (error) {
          if (error instanceof CodecError) return refused(`${error.code} ${own.place(error.facts.path)}`);
          if (error instanceof WireError) return refused(`${error.code} ${own.name(error.facts.field)}`);
          throw error;
        }
        expectSameBytes(encodeLinkMessage(message), input);
        return accepted(message.type);
      },
    };
  },
};

const helloTarget: Target = {
  name: 'hello',
  form: 'cbor',
  open: () => ({
    corpus: [encodeHello(hello)],
    run: (input) => {
      const said = decodeHello(input);
      if (said === undefined) return refused('hello');
      if (said.versions.highest === linkVersions.highest) expectSameBytes(encodeHello(said), input);
      return accepted(refusalOf(said, hello, hello.validator) ?? 'greeted');
    },
  }),
};

/** As much of a WebSocket as a link uses. */
class QuietSocket extends EventEmitter {
  readonly bufferedAmount = 0;
  closed: number | undefined;
  send(): void {
    // Nobody reads what is sent.
  }
  close(code: number): void {
    this.closed = code;
    this.emit('close', code, Buffer.alloc(0));
  }
  terminate(): void {
    this.close(1006);
  }
  pause(): void {
    // Nothing flows by itself here.
  }
  resume(): void {
    // Nothing flows by itself here.
  }
}

const frameTarget: Target = {
  name: 'link-frame',
  form: 'bytes',
  open: () => ({
    corpus: [
      encodePing(7),
      encodePong({ number: 1, arrivedAt: 1.5, sentAt: 2.5 }),
      encodeFrame(frameKind.payload, Uint8Array.of(1, 2, 3)),
      encodeFrame(frameKind.hello, encodeHello(hello)),
    ],
    run: (input) => {
      const socket = new QuietSocket();
      let payload: Uint8Array | undefined;
      const log = { write: () => undefined };
      const context = { limits: defaultLimits, log, wallMs: () => 0, budget: readBudgetOf(defaultLimits) };
      const connection = {
        ws: socket as unknown as WebSocket,
        keys: { own: nodeKey, peer: nodeKey },
        peer: hello.validator,
        hello,
        dialer: self,
      };
      openLink(connection, context, {
        received: (frame) => {
          payload = frame;
        },
        ended: () => undefined,
      });
      socket.emit('message', Buffer.from(input), true);
      const ended = socket.closed;
      if (ended === undefined) socket.close(1000);
      if (payload !== undefined && input[0] !== frameKind.payload) {
        throw new PropertyBroken('round-trip', `kind ${input[0]} became a payload`);
      }
      return ended === undefined ? accepted(String(input[0])) : refused(String(ended));
    },
  }),
};

const refusalTarget: Target = {
  name: 'link-refusal',
  form: 'text',
  open: () => ({
    corpus: ['link-refused-unknown-key', 'stopping', 'toString'].map(bytesOf),
    run: (input) => {
      const text = textOf(input);
      const refusal = parseRefusal(text);
      if (refusal !== undefined && refusal !== text) throw new PropertyBroken('round-trip', text);
      return refusal === undefined ? refused('none') : accepted(refusal);
    },
  }),
};

export const linkTargets: readonly Target[] = [linkMessageTarget, helloTarget, frameTarget, refusalTarget];
