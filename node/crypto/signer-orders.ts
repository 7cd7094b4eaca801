/**
 * Keys of a remote signer, made and erased at a node's word. Encrypting a file takes a second and more, in which
 * votes go on: each order has a connection of its own. None is repeated: who ordered sees what is there, and asks anew.
 */
import type { NetworkId, PublicKey, ValidatorId } from '../../shared/types/brands.ts';
import { askSigner } from './signer-ask.ts';
import { SignerRefusal } from './signer-refusal.ts';
import type { SignerAnswer, SignerRequest } from './signer-wire.ts';

/** Nobody answers on the socket, or who does is another validator's signer. */
export class SignerAway extends Error {
  override readonly name = 'SignerAway';
  readonly code = 'signer-unreachable';
}

export interface SignerOrders {
  /** Of a new consensus key, durable there. @throws SignerRefusal `keys-full`, `key-not-written`; SignerAway */
  create(): Promise<PublicKey>;
  /** @throws SignerRefusal `key-not-over`, `key-not-held`, `key-without-successor`; SignerAway */
  erase(key: PublicKey): Promise<void>;
}

export interface SignerOrderOptions {
  /** Path of the socket. */
  readonly socket: string;
  readonly network: NetworkId;
  readonly validator: ValidatorId;
}

/** On a machine that does much else the encryption takes many seconds. */
const answerMs = 180_000;
const id = 1;

export function signerOrders({ socket, network, validator }: SignerOrderOptions): SignerOrders {
  async function answerTo<Type extends SignerAnswer['type']>(
    request: SignerRequest,
    type: Type,
  ): Promise<SignerAnswer & { readonly type: Type }> {
    const reply = await askSigner(socket, request, { answerMs });
    if (reply === undefined || reply.hello.network !== network || reply.hello.validator !== validator)
      throw new SignerAway(`no signer of ${validator} answers on ${socket}`);
    const { answer } = reply;
    if (answer.type === 'refused') throw answer.refusal;
    if (answer.type !== type) throw new SignerRefusal('malformed', { answer: answer.type });
    return answer as SignerAnswer & { readonly type: Type };
  }

  return {
    create: async () => (await answerTo({ type: 'create', id }, 'created')).key,
    erase: async (key) => {
      await answerTo({ type: 'erase', id, key }, 'erased');
    },
  };
}
