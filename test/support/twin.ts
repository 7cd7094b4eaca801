/**
 * A liar for tests: it holds the keys of a validator of the example that is stopped, opens its links with the
 * others, and signs whatever it is told to. No vote store binds it.
 */
import {
  consensusKeyFileOf,
  examplePassphraseFileOf,
  genesisFileOf,
  nodeKeyFileOf,
} from '../../node/config/data-layout.ts';
import { readGenesis } from '../../node/config/genesis-file.ts';
import { readPassphrase } from '../../node/config/passphrase.ts';
import { createNodeCertificate } from '../../node/crypto/certificate.ts';
import { readKeyFile } from '../../node/crypto/key-files.ts';
import { keyPairOf, signWithSodium } from '../../node/crypto/sodium.ts';
import { createLinks } from '../../node/network/mesh.ts';
import { bookOfValidators } from '../../node/network/peer-book.ts';
import { encodeLinkMessage } from '../../node/runtime/wire.ts';
import { encodeMessage } from '../../shared/codec/messages.ts';
import { signingBytesOf } from '../../shared/protocol/verify-evidence.ts';
import type { Signature, ValidatorId } from '../../shared/types/brands.ts';
import type { SealMessage, SignedVote } from '../../shared/types/messages.ts';

type Unsigned = Omit<SealMessage, 'sender' | 'signature'> | Omit<SignedVote, 'sender' | 'signature'>;

export interface Twin {
  /** Validators that took the link. */
  open(): readonly ValidatorId[];
  /** Signs each and sends all to one validator, as the stopped one would. */
  send(to: ValidatorId, messages: readonly Unsigned[]): void;
  stop(): Promise<void>;
}

/** `data` is the example's data directory, `id` a validator that does not run. */
export async function startTwin(data: string, id: string): Promise<Twin> {
  const self = id as ValidatorId;
  const passphrase = readPassphrase(examplePassphraseFileOf(data));
  const { document, genesis } = readGenesis(genesisFileOf(data));
  const node = await readKeyFile(nodeKeyFileOf(data, id), passphrase);
  const consensus = await readKeyFile(consensusKeyFileOf(data, id), passphrase);
  const { secretKey } = keyPairOf(consensus.seed);
  const links = createLinks({
    self,
    network: genesis.network,
    software: 'twin',
    book: () => bookOfValidators(document.validators),
    listen: { host: '127.0.0.1', port: 0 },
    certificate: await createNodeCertificate(node.seed, id),
    random: { unit: () => 0.5 },
    log: { write: () => {} },
    wallMs: () => Date.now(),
  });
  const open = new Set<ValidatorId>();
  await links.start({
    opened: (peer) => open.add(peer),
    closed: (peer) => open.delete(peer),
    received: () => {},
  });

  function signed(unsigned: Unsigned): Uint8Array {
    const message = { ...unsigned, sender: self, signature: new Uint8Array(64) as Signature };
    const signature = signWithSodium(secretKey, signingBytesOf(genesis.network, message)) as Signature;
    if (message.kind === 'seal') return encodeMessage({ ...message, signature });
    if (message.kind !== 'prepare' && message.kind !== 'commit')
      throw new Error(`a twin sends no ${message.kind}`);
    return encodeMessage({ kind: message.kind, vote: { ...message, signature } });
  }

  return {
    open: () => [...open],
    send: (to, messages) =>
      links.send(to, encodeLinkMessage({ type: 'consensus', messages: messages.map(signed) })),
    stop: () => links.stop(),
  };
}
