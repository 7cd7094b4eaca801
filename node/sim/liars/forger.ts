/**
 * Forged and stale evidence inside its VIEW-CHANGEs and NEW-VIEWs: prepared certificates left out, taken from an
 * older view or with votes that nobody cast, a height that no certificate proves, a new view that orders otherwise.
 */
import { batchDigest, nullBatch } from '../../../shared/codec/ledger.ts';
import { heightOf, type Signature } from '../../../shared/types/brands.ts';
import type {
  ConsensusMessage,
  NewViewBody,
  PreparedCertificate,
  SignedVote,
  ViewChangeBody,
} from '../../../shared/types/messages.ts';
import type { CreateLiar } from './liar.ts';
import { changed } from './tools.ts';

const rememberedMax = 64;

export const createForger: CreateLiar = (tools) => {
  const { prng, self, signVote, signViewChange, signNewView } = tools;
  const seen: PreparedCertificate[] = [];
  let lastCertificate: ViewChangeBody['certificate'];

  function remember({ prepared, certificate }: ViewChangeBody): void {
    seen.push(...prepared);
    seen.splice(0, Math.max(0, seen.length - rememberedMax));
    if (certificate !== undefined && prng.chance(0.2)) lastCertificate = certificate;
  }

  function forgedVote(vote: SignedVote): SignedVote {
    const signature = vote.signature.slice() as Signature;
    signature[prng.below(signature.length)]! ^= 1;
    return { ...vote, signature };
  }

  function otherBody(body: ViewChangeBody): ViewChangeBody {
    const lie = prng.pick([
      'nothing prepared',
      'stale',
      'old certificate',
      'too high',
      'forged',
      'lone',
    ] as const);
    switch (lie) {
      case 'nothing prepared':
        return { ...body, prepared: [] };
      case 'stale':
        return { ...body, prepared: staleFor(body) };
      case 'old certificate':
        return lastCertificate === undefined
          ? body
          : { ...body, height: lastCertificate.height, certificate: lastCertificate };
      case 'too high':
        return { ...body, height: heightOf(body.height + 1) };
      case 'forged':
        return {
          ...body,
          prepared: body.prepared.map((one) => ({ ...one, prepares: one.prepares.map(forgedVote) })),
        };
      case 'lone':
        return {
          ...body,
          prepared: body.prepared.map((one) => ({ ...one, prepares: one.prepares.slice(0, 1) })),
        };
    }
  }

  /** For each sequence the oldest certificate that it has ever seen. */
  function staleFor(body: ViewChangeBody): PreparedCertificate[] {
    const bySequence = new Map<number, PreparedCertificate>();
    for (const certificate of seen) {
      const known = bySequence.get(certificate.sequence);
      if (certificate.sequence <= body.height) continue;
      if (known === undefined || certificate.view < known.view)
        bySequence.set(certificate.sequence, certificate);
    }
    return [...bySequence.values()].sort((one, other) => one.sequence - other.sequence);
  }

  function otherNewView(body: NewViewBody): NewViewBody {
    const { viewChanges, prePrepares } = body;
    switch (prng.pick(['null', 'short', 'fewer', 'double'] as const)) {
      case 'null':
        return {
          viewChanges,
          prePrepares: prePrepares.map((vote) => signVote({ ...vote, content: batchDigest(nullBatch) })),
        };
      case 'short':
        return { viewChanges, prePrepares: prePrepares.slice(1) };
      case 'fewer':
        return { viewChanges: viewChanges.slice(1), prePrepares };
      case 'double':
        return { viewChanges: [...viewChanges.slice(1), viewChanges.at(-1)!], prePrepares };
    }
  }

  function forge(message: ConsensusMessage): ConsensusMessage[] {
    if (message.kind !== 'view-change' && message.kind !== 'new-view') return [message];
    if (message.vote.sender !== self || prng.chance(0.3)) return [message];
    if (message.kind === 'new-view') return [signNewView(message.vote, otherNewView(message.body))];
    remember(message.body);
    return [signViewChange(message.vote, otherBody(message.body))];
  }

  return {
    says: (_to, message) => [{ message: changed(tools, message, forge) }],
    hears: (_from, message) => {
      if (message.type !== 'consensus') return true;
      for (const bytes of message.messages) {
        const known = tools.read(bytes);
        if (known?.kind === 'view-change') remember(known.body);
      }
      return true;
    },
  };
};
