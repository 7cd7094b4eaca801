import { queryOptions } from '@tanstack/react-query';
import type { ExportManifestJson, ExportQuery } from '../../../../../shared/api.ts';
import { toHex } from '../../../../../shared/codec/hex.ts';
import { ask, fetchFile } from '../../../lib/gateway.ts';

/** Asked when somebody wants it: the node reads the whole range. */
export const manifestQuery = (query: ExportQuery) =>
  queryOptions({
    queryKey: ['export-manifest', query],
    queryFn: ({ signal }) => ask('exportManifest', { query, signal }),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });

/** The file of a manifest, checked against it. @throws Error if it differs; GatewayError */
export async function checkedFile(manifest: ExportManifestJson): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await fetchFile(manifest.path);
  const digest = toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
  if (digest !== manifest.sha256)
    throw new Error(
      `The file has the SHA-256 ${digest}, its manifest says ${manifest.sha256}. It was not kept.`,
    );
  return bytes;
}
