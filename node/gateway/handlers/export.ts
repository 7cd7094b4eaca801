/** GET export/manifest and GET export: a query as a file. */
import type { ExportManifestJson, ExportQuery } from '../../../shared/api.ts';
import { apiPrefix } from '../../../shared/api.ts';
import type { Answer, GatewayContext } from '../context.ts';
import { mediaTypes } from '../export/exports.ts';
import { planOf } from '../export/plan.ts';
import type { Caller } from '../sessions/caller.ts';
import { blockAt } from './blocks.ts';
import type { RequestSource } from './table.ts';

export async function getExportManifest(
  context: GatewayContext,
  asked: ExportQuery,
  { isGone }: RequestSource,
  { member }: Caller,
): Promise<Answer<ExportManifestJson>> {
  const { exports, queries, network, self, wallMs } = context;
  const plan = planOf(queries, asked);
  const { root, ...summary } = await exports.summary(plan, member, isGone);
  const { fromHeight, toHeight } = plan.query;
  return {
    body: {
      kind: 'concordat-export',
      version: 1,
      network,
      node: self,
      writtenAt: Math.round(wallMs()),
      query: plan.query,
      range: { fromHeight, toHeight, toBlock: blockAt(context, toHeight).hash },
      ...summary,
      ...(root && { root: root.toString() }),
      file: plan.fileName,
      path: `${apiPrefix}/export${plan.key}`,
    },
  };
}

export function getExport(
  { exports, queries, admission }: GatewayContext,
  asked: ExportQuery,
  { isGone }: RequestSource,
  caller: Caller,
): Answer<undefined> {
  const plan = planOf(queries, asked);
  return {
    body: undefined,
    headers: {
      'Content-Type': mediaTypes[plan.query.format],
      'Content-Disposition': `attachment; filename="${plan.fileName}"`,
    },
    file: whileAllowed(exports.file(plan, caller.member, isGone), () =>
      admission.requireStill(caller, 'export'),
    ),
  };
}

/** A file may be on its way for hours: who is out meanwhile gets no more of it. */
async function* whileAllowed(
  chunks: AsyncIterable<Uint8Array>,
  requireStill: () => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    requireStill();
    yield chunk;
  }
}
