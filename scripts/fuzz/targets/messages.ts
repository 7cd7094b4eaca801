/** Consensus messages as they come from peers (rules M1 and M2), and their parts as votes are stored. */

import { verifyWithSodium } from '../../../node/crypto/sodium.ts';
import { contentProblem } from '../../../node/runtime/incoming.ts';
import { nestedChecks, outerCheck, type SignatureCheck } from '../../../node/runtime/signatures.ts';
import { decodeEvidence, encodeEvidence } from '../../../shared/codec/evidence.ts';
import { fromHex } from '../../../shared/codec/hex.ts';
import {
  decodeMessage,
  decodeNewViewBody,
  decodePreparedCertificate,
  decodeSignedVote,
  decodeViewChangeBody,
  decodeVote,
  encodeMessage,
  encodeNewViewBody,
  encodePreparedCertificate,
  encodeSignedVote,
  encodeViewChangeBody,
  encodeVote,
} from '../../../shared/codec/messages.ts';
import { forgedMessage } from '../../../shared/protocol/verify-evidence.ts';
import type { ConsensusMessage, Evidence } from '../../../shared/types/messages.ts';
import type { Target } from '../target.ts';
import { codecTarget, expectKnown } from './codec-target.ts';
import {
  exampleEvidence,
  exampleKeys,
  exampleLimits,
  exampleMessages,
  exampleNetworkId,
  examplePrepared,
} from './example-messages.ts';

const signers = { setOf: () => ({ network: exampleNetworkId, keys: exampleKeys }) };

/** What a validator checks before `step` sees a message. */
function isBelieved(message: ConsensusMessage): boolean {
  const outer = outerCheck(signers, message);
  if (outer === undefined || contentProblem(message) !== undefined || !holds(outer)) return false;
  return nestedChecks(signers, message)?.every(holds) === true;
}

function holds(check: SignatureCheck): boolean {
  const { key, message, signature } = check.item();
  return verifyWithSodium(fromHex(key), message, signature);
}

const messageTarget = (message: ConsensusMessage): Target =>
  codecTarget<ConsensusMessage>({
    name: `message-${message.kind}`,
    corpus: () => [encodeMessage(message)],
    decode: (bytes) => decodeMessage(bytes, exampleLimits),
    encode: encodeMessage,
    check: (value, bytes, known) => {
      if (isBelieved(value)) expectKnown(bytes, known);
    },
  });

const votes = exampleMessages.flatMap((message) => ('vote' in message ? [message.vote] : []));
const bodies = exampleMessages.flatMap((message) => (message.kind === 'view-change' ? [message.body] : []));
const newBodies = exampleMessages.flatMap((message) => (message.kind === 'new-view' ? [message.body] : []));

export const messageTargets: readonly Target[] = [
  ...exampleMessages.map(messageTarget),
  codecTarget<Evidence>({
    name: 'evidence',
    corpus: () => exampleEvidence.map(encodeEvidence),
    decode: decodeEvidence,
    encode: encodeEvidence,
    check: (value, bytes, known) => {
      const key = exampleKeys.get(value.validator);
      if (
        key !== undefined &&
        forgedMessage(value, { first: key, second: key }, exampleNetworkId, verifyWithSodium) === undefined
      )
        expectKnown(bytes, known);
    },
  }),
  codecTarget({
    name: 'signed-vote',
    corpus: () => votes.map(encodeSignedVote),
    decode: decodeSignedVote,
    encode: encodeSignedVote,
  }),
  codecTarget({
    name: 'vote',
    corpus: () => votes.map(({ signature: _, ...vote }) => encodeVote(vote)),
    decode: decodeVote,
    encode: encodeVote,
  }),
  codecTarget({
    name: 'prepared-certificate',
    corpus: () => [encodePreparedCertificate(examplePrepared)],
    decode: decodePreparedCertificate,
    encode: encodePreparedCertificate,
  }),
  codecTarget({
    name: 'view-change-body',
    corpus: () => bodies.map(encodeViewChangeBody),
    decode: (bytes) => decodeViewChangeBody(bytes),
    encode: encodeViewChangeBody,
  }),
  codecTarget({
    name: 'new-view-body',
    corpus: () => newBodies.map(encodeNewViewBody),
    decode: (bytes) => decodeNewViewBody(bytes),
    encode: encodeNewViewBody,
  }),
];
