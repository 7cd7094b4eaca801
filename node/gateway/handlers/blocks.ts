/** GET blocks and genesis. */

import { jsonOfCertificate, jsonOfHeader } from '../../../shared/api/json-of-ledger.ts';
import type {
  BlockJson,
  BlockSummaryJson,
  BlocksJson,
  GenesisJson,
  ParamsOf,
  QueryOf,
} from '../../../shared/api.ts';
import { encodeGenesisDocument } from '../../../shared/codec/genesis.ts';
import { toBase64Url } from '../../../shared/codec/hex.ts';
import { type BlockHash, type Height, heightOf } from '../../../shared/types/brands.ts';
import type { BlockSummary } from '../../runtime/queries.ts';
import type { Answer, GatewayContext } from '../context.ts';
import { genesisDocumentJson } from '../genesis-json.ts';
import { ProblemError } from '../http/problem-error.ts';
import { pageJson, pageRequest } from '../pages.ts';
import { validatorSetOf } from '../validator-set.ts';

export function blockSummary(block: BlockSummary): BlockSummaryJson {
  const { height, hash, transactionCount, failedCount } = block;
  return {
    height,
    hash,
    header: jsonOfHeader(block.header),
    headerBytes: toBase64Url(block.headerBytes),
    certificate: block.certificate ? jsonOfCertificate(block.certificate) : null,
    transactionCount,
    failedCount,
  };
}

export function listBlocks({ queries }: GatewayContext, query: QueryOf<'blocks'>): Answer<BlocksJson> {
  return {
    body: pageJson(
      pageRequest(query, (request) => queries.blocks(request)),
      blockSummary,
    ),
  };
}

export function getBlock(
  context: GatewayContext,
  { heightOrHash }: ParamsOf<'block'>,
  { include }: QueryOf<'block'>,
): Answer<BlockJson> {
  const isHash = heightOrHash.length === 64;
  const block = isHash
    ? blockOfHash(context, heightOrHash as BlockHash)
    : blockAt(context, heightOf(Number(heightOrHash)));
  const records = context.queries.blockTransactions(block.height);
  const body: BlockJson = {
    ...blockSummary(block),
    transactionIds: records.map(({ id }) => id),
    outcomes: records.map(({ outcomeBytes }) => toBase64Url(outcomeBytes)),
    ...(include === 'envelopes' ? { envelopes: records.map(({ envelope }) => toBase64Url(envelope)) } : {}),
  };
  return { body, headers: blockCaching(block, isHash, include) };
}

/** What a hash names never changes; what a height names may, if a developer starts the network anew. */
function blockCaching(
  block: BlockSummary,
  isHash: boolean,
  include: string | undefined,
): Record<string, string> {
  return {
    ETag: `"${block.hash}${include ? `.${include}` : ''}"`,
    'Cache-Control': isHash ? 'private, max-age=31536000, immutable' : 'private, no-cache',
  };
}

function blockOfHash({ queries }: GatewayContext, hash: BlockHash): BlockSummary {
  const block = queries.block(hash);
  if (block === undefined) throw new ProblemError('not-found', 'No certified block has this hash.', { hash });
  return block;
}

/** @throws ProblemError `height-not-reached` */
export function blockAt({ queries }: GatewayContext, height: Height): BlockSummary {
  const certified = queries.certifiedHeight();
  const block = height > certified ? undefined : queries.block(height);
  if (block) return block;
  const detail = `Block ${height} is not certified here; the highest is ${certified}.`;
  throw new ProblemError('height-not-reached', detail, { height, certified });
}

export function getGenesis({ genesis, network, queries }: GatewayContext): Answer<GenesisJson> {
  const block = queries.block(heightOf(0));
  if (block === undefined) throw new Error('the index holds no genesis block');
  return {
    headers: { ETag: `"${network}"`, 'Cache-Control': 'no-cache' },
    body: {
      network,
      header: jsonOfHeader(block.header),
      headerBytes: toBase64Url(block.headerBytes),
      validators: [...validatorSetOf(genesis)],
      document: genesisDocumentJson(genesis),
      documentBytes: toBase64Url(encodeGenesisDocument(genesis)),
    },
  };
}
