/** Signs and submits commands as an identity of an example, and waits until they are certified. */
import { randomBytes } from 'node:crypto';
import { exampleSigner } from '../../scripts/lib/signed-in.ts';
import { bulkBody, type SignedTransaction } from '../../scripts/lib/signed-load.ts';
import { encodeEnvelope, encodeTransactionBody, transactionSigningBytes } from '../../shared/codec/ledger.ts';
import { digestOf } from '../../shared/crypto/digest.ts';
import type { NetworkId, Nonce, TransactionId } from '../../shared/types/brands.ts';
import type { CborValue } from '../../shared/types/ledger.ts';
import type { RunningNetwork } from './network.ts';

export interface Command {
  readonly action: string;
  readonly args: CborValue;
}

/** Ids in the order of the commands, which are in one block or in several. @throws Error if any is refused */
export async function submitAs(
  { id, base, data, session }: Pick<RunningNetwork, 'id' | 'base' | 'data' | 'session'>,
  identity: string,
  commands: readonly Command[],
): Promise<readonly TransactionId[]> {
  const { publicKey, sign } = await exampleSigner(data, identity);
  const network = id as NetworkId;
  const signed = commands.map(({ action, args }): SignedTransaction => {
    const body = encodeTransactionBody({
      version: 1,
      network,
      sender: publicKey,
      nonce: randomBytes(16).toString('hex') as Nonce,
      expiresAt: Date.now() + 300_000,
      action,
      args,
    });
    const envelope = encodeEnvelope(body, sign(transactionSigningBytes(network, body)));
    return { id: digestOf('transaction', envelope) as TransactionId, envelope };
  });
  const response = await session.fetch(`${base}/api/v1/transactions?wait=certified&receipts=omit`, {
    method: 'POST',
    headers: { 'content-type': 'application/cbor' },
    body: bulkBody(signed) as Uint8Array<ArrayBuffer>,
  });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`the gateway answers ${response.status}: ${text}`);
  return signed.map((one) => one.id);
}

export interface NewEvent {
  readonly eventId: string;
  readonly type: string;
  readonly data: CborValue;
  readonly labels?: { readonly [name: string]: string };
  readonly references?: readonly string[];
}

export const appendTo = (stream: string, ...events: readonly NewEvent[]): Command => ({
  action: 'streams.append',
  args: {
    stream,
    expectedRevision: 'any',
    events: events.map((event) => ({ labels: {}, references: [], ...event })),
  },
});
