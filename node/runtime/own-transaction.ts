/** A transaction in this node's own name, signed by one of its consensus keys. */
import { encode } from '../../shared/codec/dag-cbor.ts';
import {
  decodeEnvelope,
  encodeEnvelope,
  encodeTransactionBody,
  transactionSigningBytes,
} from '../../shared/codec/ledger.ts';
import { digestOf } from '../../shared/crypto/digest.ts';
import type { Epoch, NetworkId, Nonce, PublicKey } from '../../shared/types/brands.ts';
import type { CborValue, Transaction } from '../../shared/types/ledger.ts';
import type { SignerPort } from './ports.ts';

export interface OwnCommand {
  readonly key: PublicKey;
  /** The current one. */
  readonly epoch: Epoch;
  readonly action: string;
  readonly args: CborValue;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** The nonce follows from what is said, so that no randomness is needed. */
export function signOwn(
  network: NetworkId,
  signer: Pick<SignerPort, 'sign'>,
  { key, epoch, action, args, expiresAt }: OwnCommand,
  done: (transaction: Transaction) => void,
): void {
  const said = encode({ action, args, expiresAt });
  const body = encodeTransactionBody({
    version: 1,
    network,
    sender: key,
    nonce: digestOf('own-nonce', said).slice(0, 32) as Nonce,
    expiresAt,
    action,
    args,
  });
  const bytes = transactionSigningBytes(network, body);
  signer.sign([{ epoch, key, bytes }], ([signature]) =>
    done(decodeEnvelope(encodeEnvelope(body, signature!))),
  );
}
