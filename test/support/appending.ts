/** Records for tests of what is read: signed here, and certified one block after another. */
import { randomBytes } from 'node:crypto';
import { exampleSigner } from '../../scripts/lib/signed-in.ts';
import { signedAppend } from '../../scripts/lib/signed-load.ts';
import {
  encodeEnvelope,
  encodeTransactionBody,
  transactionId,
  transactionSigningBytes,
} from '../../shared/codec/ledger.ts';
import type { NetworkId, Nonce } from '../../shared/types/brands.ts';
import type { CborValue } from '../../shared/types/ledger.ts';
import type { RunningNetwork } from './network.ts';

const lifetimeMs = 60_000;

/** Appends one event and waits for its certificate. @returns the transaction's id */
export async function appendRecord(
  network: RunningNetwork,
  stream: string,
  data: CborValue,
): Promise<string> {
  const signer = await exampleSigner(network.data, 'alpha.submitter');
  const id = network.id as NetworkId;
  const event = {
    eventId: randomBytes(8).toString('hex'),
    type: 'departed',
    data,
    labels: {},
    references: [],
  };
  const body = encodeTransactionBody({
    version: 1,
    network: id,
    sender: signer.publicKey,
    nonce: randomBytes(16).toString('hex') as Nonce,
    expiresAt: Date.now() + lifetimeMs,
    action: 'streams.append',
    args: { stream, expectedRevision: 'any', events: [event] },
  });
  const envelope = encodeEnvelope(body, signer.sign(transactionSigningBytes(id, body)));
  await submit(network, envelope);
  return transactionId(envelope);
}

/** Appends opaque bytes to one stream, each record in a block of its own. */
export async function appendLoad(network: RunningNetwork, count: number): Promise<void> {
  const signer = await exampleSigner(network.data, 'alpha.submitter');
  const shape = {
    network: network.id as NetworkId,
    expiresAt: Date.now() + lifetimeMs,
    streams: 1,
    dataBytes: 8,
    run: randomBytes(4).toString('hex'),
  };
  for (let number = 0; number < count; number++)
    await submit(network, signedAppend(signer, shape, number).envelope);
}

async function submit(network: RunningNetwork, envelope: Uint8Array): Promise<void> {
  const response = await network.session.fetch(`${network.base}/api/v1/transactions?wait=certified`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: new TextEncoder().encode(JSON.stringify({ envelope: Buffer.from(envelope).toString('base64url') })),
  });
  const text = await response.text();
  if (response.status !== 200 || !text.includes('"succeeded"')) throw new Error(`not certified: ${text}`);
}

/** A proof pack or receipt as the gateway gives it. */
export async function proofOf(
  network: RunningNetwork,
  transaction: string,
  form: 'pack' | 'receipt',
): Promise<Uint8Array> {
  const url = `${network.base}/api/v1/transactions/${transaction}/${form}`;
  const response = await network.session.fetch(url, { headers: { accept: 'application/cbor' } });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}
