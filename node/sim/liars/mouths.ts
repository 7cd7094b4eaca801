/** Every liar that is a mouth, by name. */
import { createCensor } from './censor.ts';
import { createClaimForger } from './claim-forger.ts';
import { createCrawler } from './crawler.ts';
import { createEquivocator } from './equivocator.ts';
import { createFlooder } from './flooder.ts';
import { createForger } from './forger.ts';
import { createHoarder } from './hoarder.ts';
import type { CreateLiar, MouthKind } from './liar.ts';
import { createMeddler } from './meddler.ts';
import { createReplayer } from './replayer.ts';
import { createSplitter } from './splitter.ts';
import { createStaleProposer } from './stale-proposer.ts';
import { createTurncoat } from './turncoat.ts';
import { createWithholder } from './withholder.ts';

export const mouths: { readonly [kind in MouthKind]: CreateLiar } = {
  equivocator: createEquivocator,
  censor: createCensor,
  crawler: createCrawler,
  withholder: createWithholder,
  splitter: createSplitter,
  meddler: createMeddler,
  forger: createForger,
  flooder: createFlooder,
  hoarder: createHoarder,
  replayer: createReplayer,
  'claim-forger': createClaimForger,
  turncoat: createTurncoat,
  'stale-proposer': createStaleProposer,
};
