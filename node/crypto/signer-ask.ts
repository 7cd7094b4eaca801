/** One question to a signer over a connection of its own, beside which a node's votes go on. */
import { connect } from 'node:net';
import {
  createFrameReader,
  decodeSignerAnswer,
  encodeSignerRequest,
  type SignerAnswer,
  type SignerHello,
  type SignerRequest,
  signerFrame,
} from './signer-wire.ts';

export interface SignerReply {
  readonly hello: SignerHello;
  readonly answer: Exclude<SignerAnswer, SignerHello>;
}

/** Whoever greets and has nothing to say for so long is away. */
const patienceMs = 5_000;

/**
 * @param options.answerMs how long the answer may take, milliseconds
 * @returns undefined if nobody answers
 * @throws CodecError if it is no signer of this version that does
 */
export function askSigner(
  socket: string,
  request: SignerRequest,
  { answerMs = patienceMs }: { readonly answerMs?: number } = {},
): Promise<SignerReply | undefined> {
  return new Promise((resolve, reject) => {
    const reader = createFrameReader();
    let hello: SignerHello | undefined;
    const connection = connect(socket);
    connection.setTimeout(patienceMs, () => connection.destroy());
    connection.once('error', () => resolve(undefined));
    connection.once('close', () => resolve(undefined));
    connection.on('data', (chunk: Buffer) => {
      try {
        reader.take(chunk).map(decodeSignerAnswer).forEach(take);
      } catch (error) {
        reject(error);
        connection.destroy();
      }
    });

    function take(answer: SignerAnswer): void {
      if (answer.type === 'hello') {
        hello = answer;
        connection.setTimeout(answerMs);
        connection.write(signerFrame(encodeSignerRequest(request)));
      } else if (hello !== undefined && answer.id === request.id) {
        resolve({ hello, answer });
        connection.destroy();
      }
    }
  });
}
