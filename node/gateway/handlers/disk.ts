/** GET disk: what the operator must make room for. */
import type { DiskJson } from '../../../shared/api.ts';
import type { Answer, GatewayContext } from '../context.ts';

export function getDisk({ disk, self, wallMs }: GatewayContext): Answer<DiskJson> {
  const nowMs = wallMs();
  const { parts, ...use } = disk(nowMs);
  return { body: { node: self, nowMs, ...use, parts: [...parts] } };
}
