/** Asks a signer over its socket what it knows. */
import { connect } from 'node:net';
import {
  createFrameReader,
  decodeSignerAnswer,
  encodeSignerRequest,
  type SignerStatus,
  signerFrame,
} from '../crypto/signer-wire.ts';

const patienceMs = 5_000;

/** undefined if nobody answers. @throws CodecError if it is no signer of this version that does */
export function askSignerStatus(socket: string): Promise<SignerStatus | undefined> {
  return new Promise((resolve, reject) => {
    const reader = createFrameReader();
    const connection = connect(socket, () =>
      connection.write(signerFrame(encodeSignerRequest({ type: 'status', id: 1 }))),
    );
    connection.setTimeout(patienceMs, () => connection.destroy());
    connection.once('error', () => resolve(undefined));
    connection.once('close', () => resolve(undefined));
    connection.on('data', (chunk: Buffer) => {
      try {
        for (const answer of reader.take(chunk).map(decodeSignerAnswer)) {
          if (answer.type !== 'status') continue;
          resolve(answer.status);
          connection.destroy();
        }
      } catch (error) {
        reject(error);
        connection.destroy();
      }
    });
  });
}
