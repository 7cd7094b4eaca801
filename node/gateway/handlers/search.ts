/** One box: every kind that the text could name, each hit with why it matched. Exact matches come first. */
import type { QueryOf, SearchHitJson, SearchJson } from '../../../shared/api.ts';
import { decodeEnvelope } from '../../../shared/codec/ledger.ts';
import { type BlockHash, heightOf, type TransactionId } from '../../../shared/types/brands.ts';
import { readMembership } from '../../ledger/modules/epochs.ts';
import {
  type Identity,
  identityCount,
  identityNumbered,
  readIdentity,
} from '../../ledger/modules/identities.ts';
import { readKey } from '../../ledger/modules/keys.ts';
import { readMembers } from '../../ledger/modules/members.ts';
import { proposalCount, readProposal } from '../../ledger/modules/proposals.ts';
import type { StateView } from '../../ledger/types.ts';
import { countOf } from '../../runtime/diagnosis/words.ts';
import type { Answer, GatewayContext } from '../context.ts';
import type { Caller } from '../sessions/caller.ts';
import { canSeeTransaction } from '../sessions/readable-transactions.ts';
import { someReadable } from '../streams-of-reader.ts';

type Finder = (context: GatewayContext, text: string, caller: Caller) => readonly SearchHitJson[];

const prefixHitsMax = 8;

export function search(
  context: GatewayContext,
  { q }: QueryOf<'search'>,
  caller: Caller,
): Answer<SearchJson> {
  const text = q.trim().normalize('NFC');
  const find = caller.reads === 'everything' ? finders : findersOfReaders;
  const hits = text === '' ? [] : find.flatMap((one) => one(context, text, caller));
  return { body: { query: q, hits } };
}

const blockByHeight: Finder = ({ queries }, text) => {
  if (!/^[0-9]{1,15}$/.test(text) || Number(text) > queries.indexedHeight()) return [];
  const block = queries.block(heightOf(Number(text)));
  if (block === undefined) return [];
  return [
    {
      kind: 'block',
      id: String(block.height),
      title: `Block ${block.height}`,
      why: `height ${block.height}`,
    },
  ];
};

const proposalByNumber: Finder = ({ queries }, text) => {
  const number = Number(/^(?:proposal\s*)?#?([0-9]{1,15})$/i.exec(text)?.[1] ?? Number.NaN);
  const state = queries.certifiedState();
  const proposal = number < proposalCount(state) ? readProposal(state, number) : undefined;
  if (proposal === undefined) return [];
  const kinds = proposal.actions.map(({ kind }) => kind).join(', ');
  return [
    {
      kind: 'proposal',
      id: String(number),
      title: `Proposal ${number}: ${kinds}`,
      why: `number ${number} of a proposal`,
    },
  ];
};

const blockByHash: Finder = ({ queries }, text) => {
  const block = isHex32(text) ? queries.block(text.toLowerCase() as BlockHash) : undefined;
  if (block === undefined) return [];
  return [{ kind: 'block', id: block.hash, title: `Block ${block.height}`, why: 'hash of this block' }];
};

const transactionById: Finder = ({ queries, node }, text, caller) => {
  if (!isHex32(text)) return [];
  const id = text.toLowerCase() as TransactionId;
  const record = queries.transaction(id);
  const body = record === undefined ? node.pooled(id)?.body : decodeEnvelope(record.envelope).body;
  const isOwn = body?.sender === caller.key;
  if (caller.reads !== 'everything' && record === undefined && !isOwn) return [];
  if (body !== undefined && !canSeeTransaction(caller, body)) return [];
  const action = record?.action ?? node.pooled(id)?.body.action;
  if (action === undefined) return [];
  const why = record ? `id of a transaction in block ${record.height}` : 'id of a transaction in the pool';
  return [{ kind: 'transaction', id, title: action, why }];
};

/** More than these a search does not look through for the beginning of an id. */
const identitiesMax = 2_000;

const identities: Finder = ({ state }, text) => {
  const wanted = text.toLowerCase();
  const exact = readIdentity(state, wanted) ?? holderOf(state, wanted);
  if (exact !== undefined) {
    const why = exact.id === wanted ? 'identity id' : whyOfKey(exact, wanted);
    return [identityHit(exact, why)];
  }
  const hits: SearchHitJson[] = [];
  for (const identity of identitiesUpTo(state, identitiesMax)) {
    const why = whyNamed(identity.id, wanted, 'identity id');
    if (why !== undefined) hits.push(identityHit(identity, why));
    if (hits.length === prefixHitsMax) break;
  }
  return hits;
};

/** Of its present key, or of one that it had. */
function holderOf(state: StateView, key: string): Identity | undefined {
  const registered = readKey(state, key);
  return registered?.kind === 'identity' ? readIdentity(state, registered.owner) : undefined;
}

const whyOfKey = (identity: Identity, key: string): string =>
  identity.key === key ? 'public key of this identity' : 'key that this identity had';

const identityHit = ({ id, member }: Identity, why: string): SearchHitJson => ({
  kind: 'identity',
  id,
  title: `${id} of ${member}`,
  why,
});

function* identitiesUpTo(state: StateView, countMax: number): Iterable<Identity> {
  let left = countMax;
  for (const { id } of readMembers(state)) {
    for (let number = 0; number < identityCount(state, id); number += 1) {
      const identity = identityNumbered(state, id, number);
      if (identity !== undefined) yield identity;
      left -= 1;
      if (left === 0) return;
    }
  }
}

const validators: Finder = ({ state }, text) => {
  const wanted = text.toLowerCase();
  return readMembership(state).validators.flatMap(
    ({ id, member, consensusKey, nodeKey }): SearchHitJson[] => {
      const why =
        whyNamed(id, wanted, 'validator id') ??
        (consensusKey === wanted ? 'consensus key' : undefined) ??
        (nodeKey === wanted ? 'node key' : undefined);
      return why === undefined ? [] : [{ kind: 'validator', id, title: `${id} of ${member}`, why }];
    },
  );
};

const streams: Finder = ({ queries }, text, { reads }) =>
  (reads === 'everything'
    ? queries.streams(text, { limit: prefixHitsMax }).rows
    : someReadable(queries, reads, text, prefixHitsMax)
  ).map(({ stream, length }) => ({
    kind: 'stream',
    id: stream,
    title: `${stream} (${countOf(length, 'event')})`,
    why: stream === text ? 'stream name' : `stream name begins with '${text}'`,
  }));

const assets: Finder = ({ queries }, text) => {
  const wanted = text.toLowerCase();
  if (!/^[a-z0-9.-]{1,64}$/.test(wanted)) return [];
  return queries.assets(wanted, { limit: prefixHitsMax, ascending: true }).rows.map((id) => ({
    kind: 'asset',
    id,
    title: `Asset ${id}`,
    why: whyNamed(id, wanted, 'asset id') ?? 'asset id',
  }));
};

const finders: readonly Finder[] = [
  blockByHeight,
  blockByHash,
  transactionById,
  identities,
  validators,
  assets,
  proposalByNumber,
  streams,
];

/** What readers of named streams may find. */
const findersOfReaders: readonly Finder[] = [transactionById, validators, streams];

const isHex32 = (text: string): boolean => /^[0-9a-fA-F]{64}$/.test(text);

function whyNamed(id: string, wanted: string, what: string): string | undefined {
  if (id === wanted) return what;
  return id.startsWith(wanted) ? `${what} begins with '${wanted}'` : undefined;
}
