import type { SearchHitJson } from '../../../../shared/api.ts';

export interface Destination {
  readonly path: string;
  readonly kind: string;
  readonly title: string;
  readonly why: string;
}

/** Where a hit opens. */
export function destinationOf({ kind, id, title, why }: SearchHitJson): Destination {
  const at = encodeURIComponent(id);
  const paths: { readonly [kind in SearchHitJson['kind']]: string } = {
    block: `/blocks/${at}`,
    transaction: `/tx/${at}`,
    stream: `/streams/${at}`,
    identity: `/identities/${at}`,
    validator: `/validators/${at}`,
    asset: `/assets/${at}`,
    proposal: `/proposals/${at}`,
  };
  return { path: paths[kind], kind: kind.charAt(0).toUpperCase() + kind.slice(1), title, why };
}
