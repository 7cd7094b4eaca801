/** What goes over the socket between a node and its signer, and what the signer reads before it signs. */
import { SignerRefusal } from '../../../node/crypto/signer-refusal.ts';
import {
  createFrameReader,
  decodeSignerAnswer,
  decodeSignerRequest,
  encodeSignerAnswer,
  encodeSignerRequest,
  type SignerAnswer,
  type SignerRequest,
  signerFrame,
  signerWireVersion,
} from '../../../node/crypto/signer-wire.ts';
import { decodeEpochLink, encodeEpochLink } from '../../../shared/codec/ledger.ts';
import { heartbeatSigningBytes, sealSigningBytes, voteSigningBytes } from '../../../shared/codec/messages.ts';
import { readSigned } from '../../../shared/codec/signed-content.ts';
import {
  epochOf,
  heightOf,
  type NetworkId,
  type PublicKey,
  type Signature,
  type ValidatorId,
} from '../../../shared/types/brands.ts';
import { buildExampleNetwork } from '../../lib/example-network.ts';
import { accepted, PropertyBroken, refused, type Target } from '../target.ts';
import { codecTarget, expectSameBytes } from './codec-target.ts';
import { exampleMessages } from './example-messages.ts';

const network = 'cd'.repeat(32) as NetworkId;
const key = 'ab'.repeat(32) as PublicKey;
const validator = 'validator-1' as ValidatorId;

const signedBytes = exampleMessages.map((message) => {
  if (message.kind === 'seal') return sealSigningBytes(network, message);
  if (message.kind === 'heartbeat') return heartbeatSigningBytes(network, message);
  return voteSigningBytes(network, message.vote);
});

/** Decoding and encoding again must give the bytes that are signed: nothing that was not read is signed. */
const signedTarget = codecTarget({
  name: 'signed-content',
  form: 'bytes',
  corpus: () => signedBytes,
  decode: readSigned,
  check(content, bytes) {
    if (content.kind !== 'slot') return;
    const { slot } = content;
    const again =
      slot.kind === 'seal'
        ? sealSigningBytes(content.network, slot)
        : voteSigningBytes(content.network, { ...slot, sender: validator });
    expectSameBytes(again, bytes);
  },
});

const requests: readonly SignerRequest[] = [
  { type: 'sign', id: 1, items: signedBytes.map((bytes) => ({ key, bytes })) },
  { type: 'advance', id: 2, link: new Uint8Array(40) },
  { type: 'status', id: 3 },
];
const status = {
  network,
  validator,
  keys: [key],
  epoch: epochOf(1),
  firstHeight: heightOf(2),
  highest: heightOf(9),
  floor: heightOf(0),
  askedView: 3,
  signed: 4,
  refused: 0,
};
const answers: readonly SignerAnswer[] = [
  { type: 'hello', version: signerWireVersion, network, validator, keys: [key] },
  { type: 'signed', id: 1, signatures: [new Uint8Array(64) as Signature] },
  { type: 'refused', id: 1, refusal: new SignerRefusal('double-vote', { kind: 'commit', slot: 'height 1' }) },
  { type: 'advanced', id: 2, epoch: epochOf(1), firstHeight: heightOf(2) },
  { type: 'status', id: 3, status },
];

/** Frames come in pieces: however a stream is cut, the same frames are in it. */
const framesTarget: Target = {
  name: 'signer-frames',
  form: 'bytes',
  open: () => ({
    corpus: requests.map((request) => signerFrame(encodeSignerRequest(request))),
    run(input) {
      const whole = framesOf([input]);
      const cut = framesOf([...input].map((byte) => Uint8Array.of(byte)));
      if (whole.join() !== cut.join())
        throw new PropertyBroken('round-trip', `${whole.length} frames, ${cut.length} in pieces`);
      return whole.includes('too long') ? refused('too long') : accepted(String(Math.min(whole.length, 3)));
    },
  }),
};

function framesOf(chunks: readonly Uint8Array[]): string[] {
  const reader = createFrameReader();
  const frames: string[] = [];
  try {
    for (const chunk of chunks)
      frames.push(...reader.take(chunk).map((frame) => Buffer.from(frame).toString('hex')));
    return frames;
  } catch (error) {
    if (error instanceof RangeError) return ['too long'];
    throw error;
  }
}

export const signerTargets: readonly Target[] = [
  signedTarget,
  framesTarget,
  codecTarget({
    name: 'signer-request',
    corpus: () => requests.map(encodeSignerRequest),
    decode: decodeSignerRequest,
    encode: encodeSignerRequest,
  }),
  codecTarget({
    name: 'signer-answer',
    corpus: () => answers.map(encodeSignerAnswer),
    decode: decodeSignerAnswer,
    encode: encodeSignerAnswer,
  }),
  codecTarget({
    name: 'epoch-link',
    corpus: () =>
      buildExampleNetwork({ validators: 4, epochs: 2, transactions: 0 }).links.map(encodeEpochLink),
    decode: decodeEpochLink,
    encode: encodeEpochLink,
  }),
];
