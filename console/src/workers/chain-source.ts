/** Blocks from a gateway, oldest first, as a worker asks for them: it has no page, hence none of its settings. */
import * as z from 'zod/mini';
import { epochLinkOfJson, originOfJson } from '../../../shared/api/ledger-of-json.ts';
import {
  apiPrefix,
  blockSummarySchema,
  epochLinkSchema,
  genesisSchema,
  problemSchema,
} from '../../../shared/api.ts';
import { fromBase64Url } from '../../../shared/codec/hex.ts';
import type { ChainBlock } from '../../../shared/protocol/verify-chain.ts';
import type { EpochLink, ProofPack } from '../../../shared/types/ledger.ts';
import { certificateOf } from '../lib/wire.ts';

// Under a strict CSP zod's probe for `new Function` would be reported as a violation.
z.config({ jitless: true });

export interface ServedBlock extends ChainBlock {
  readonly height: number;
}

export interface BlockPage {
  readonly blocks: readonly ServedBlock[];
  /** Absent on the last page. */
  readonly next?: string;
}

export interface ChainSource {
  genesis(): Promise<ProofPack['genesis']>;
  /** @throws UnknownCursor if the gateway did not issue it */
  page(cursor: string | undefined): Promise<BlockPage>;
  /** How the chain leads into this epoch; undefined if the gateway knows of no such epoch. */
  link(epoch: number): Promise<EpochLink | undefined>;
}

export class UnknownCursor extends Error {}

/** Only what is verified is read: everything else that a node says of a block may be wrong. */
const pageSchema = z.object({
  rows: z.array(z.pick(blockSummarySchema, { height: true, headerBytes: true, certificate: true })),
  next: z.exactOptional(z.string()),
});
const originSchema = z.pick(genesisSchema, { headerBytes: true, validators: true });
const epochsSchema = z.object({ rows: z.array(z.object({ link: z.nullable(epochLinkSchema) })) });

const blocksPerPage = 500;
const attempts = 5;
const pauseMs = 1_000;

export function chainSource(gateway: string, authorization: string | undefined): ChainSource {
  const headers = { accept: 'application/json', ...(authorization === undefined ? {} : { authorization }) };

  async function ask<Schema extends z.ZodMiniType>(path: string, schema: Schema): Promise<z.infer<Schema>> {
    const url = new URL(`${apiPrefix}${path}`, gateway).href;
    const response = await fetchPatiently(url, headers);
    const answer = z.safeParse(schema, await response.json());
    if (!answer.success) throw new Error(`${url} sent an answer of another shape.`);
    return answer.data;
  }

  return {
    async genesis() {
      return originOfJson(await ask('/genesis', originSchema));
    },
    async page(cursor) {
      const query = new URLSearchParams({ order: 'oldest', limit: String(blocksPerPage) });
      if (cursor !== undefined) query.set('cursor', cursor);
      const { rows, next } = await ask(`/blocks?${query}`, pageSchema);
      return { blocks: rows.map(blockOf), ...(next === undefined ? {} : { next }) };
    },
    async link(epoch) {
      const { rows } = await ask(`/epochs?from=${epoch}&limit=1`, epochsSchema);
      const link = rows[0]?.link;
      return link === undefined || link === null ? undefined : epochLinkOfJson(link);
    },
  };
}

type BlockRow = z.infer<typeof pageSchema>['rows'][number];

/** A block without a certificate is given an empty one, which no quorum check passes. */
function blockOf({ height, headerBytes, certificate }: BlockRow): ServedBlock {
  const none = { epoch: 0, height, block: '0'.repeat(64), seals: [] };
  return { height, header: fromBase64Url(headerBytes), certificate: certificateOf(certificate ?? none) };
}

/** A node that is busy or away for a moment is asked again. */
async function fetchPatiently(url: string, headers: Record<string, string>): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    const response = await fetch(url, { headers }).catch((error: unknown) =>
      attempt < attempts ? undefined : unreachable(url, error),
    );
    if (response?.ok) return response;
    const mayPass = response === undefined || response.status === 429 || response.status === 503;
    if (!mayPass || attempt === attempts) throw await refusalOf(response as Response);
    const seconds = Number(response?.headers.get('retry-after') ?? 0);
    await new Promise((resolve) => setTimeout(resolve, Math.min(10_000, Math.max(pauseMs, seconds * 1000))));
  }
}

function unreachable(url: string, error: unknown): never {
  throw new Error(`${new URL(url).origin} could not be reached.`, { cause: error });
}

async function refusalOf(response: Response): Promise<Error> {
  const problem = z.safeParse(problemSchema, await response.json());
  if (!problem.success) return new Error(`${response.url} answered ${response.status}.`);
  const { code, title, detail } = problem.data;
  return code === 'invalid-cursor' ? new UnknownCursor(detail) : new Error(`${title}: ${detail}`);
}
