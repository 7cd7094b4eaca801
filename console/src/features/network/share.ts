import type { BlockSummaryJson } from '../../../../shared/api.ts';

type Certified = Pick<BlockSummaryJson, 'height' | 'certificate'> & {
  readonly header: Pick<BlockSummaryJson['header'], 'proposer'>;
};

export interface Share {
  /** Certified blocks that were looked at; genesis is none. */
  readonly blocks: number;
  readonly proposed: number;
  readonly sealed: number;
  /** Height of the newest that it proposed. */
  readonly newest?: number;
}

/** What one validator did for these blocks, newest first. */
export function shareOf(blocks: readonly Certified[], validator: string): Share {
  const certified = blocks.filter(({ certificate }) => certificate !== null);
  const proposed = certified.filter(({ header }) => header.proposer === validator);
  const sealed = certified.filter(({ certificate }) =>
    certificate?.seals.some((seal) => seal.validator === validator),
  );
  const [newest] = proposed;
  return {
    blocks: certified.length,
    proposed: proposed.length,
    sealed: sealed.length,
    ...(newest !== undefined && { newest: newest.height }),
  };
}
