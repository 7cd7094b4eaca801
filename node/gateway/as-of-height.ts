/** The height that a question about the past is about. */
import { type Height, heightOf } from '../../shared/types/brands.ts';
import type { GatewayContext } from './context.ts';
import { ProblemError } from './http/problem-error.ts';

/** The newest one if none is asked for. @throws ProblemError `height-not-reached` */
export function asOfHeight({ queries }: GatewayContext, asOf: number | undefined): Height {
  const certified = queries.certifiedHeight();
  if (asOf === undefined) return certified;
  if (asOf <= certified) return heightOf(asOf);
  const detail = `Block ${asOf} is not certified here; the highest is ${certified}.`;
  throw new ProblemError('height-not-reached', detail, { height: asOf, certified });
}

/** The end of a sentence about the past: nothing if it is about the newest block. */
export const asOfInWords = (asOf: number | undefined): string =>
  asOf === undefined ? '' : ` as of block ${asOf}`;
