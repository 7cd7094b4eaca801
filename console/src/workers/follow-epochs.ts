/** Who may have sealed at which height: followed from the pinned network id through every hand-over that a node names. */
import { epochLinkOfJson, originOfJson } from '../../../shared/api/ledger-of-json.ts';
import type { EpochLinkJson } from '../../../shared/api.ts';
import { CodecError } from '../../../shared/codec/codec-error.ts';
import type { VerifySignature } from '../../../shared/crypto/ed25519.ts';
import { type Check, failed, malformed, passed } from '../../../shared/protocol/checks.ts';
import {
  type KnownEpoch,
  type KnownEpochs,
  knownEpoch,
  newestEpoch,
  withinEpoch,
} from '../../../shared/protocol/known-epochs.ts';
import { beginEpochs, followEpochs } from '../../../shared/protocol/verify-epochs.ts';
import { opening } from '../../../shared/protocol/verify-receipt.ts';
import type { NetworkId } from '../../../shared/types/brands.ts';
import type { Header } from '../../../shared/types/ledger.ts';
import type { EpochsClaim, Origin } from '../features/verify/subjects.ts';

export interface FollowedEpochs {
  /** As far as the claim holds; empty if not even its genesis is the pinned one. */
  readonly known: KnownEpochs;
  /** Of the first part that does not hold, the check `history`; absent if all do. */
  readonly broken?: Check;
}

/** What was followed last, so that the same hand-overs are verified once in a worker's life. */
interface Followed {
  readonly network: NetworkId;
  readonly links: readonly EpochLinkJson[];
  readonly known: KnownEpochs;
}
let last: Followed | undefined;

/** Never rejects for bad input. */
export async function followClaim(
  { genesis, links }: EpochsClaim,
  network: NetworkId,
  verify: VerifySignature,
): Promise<FollowedEpochs> {
  const begun = begin(genesis, network);
  if ('id' in begun) return { known: [], broken: begun };
  let followed = last?.network === network ? sharedStart(last, links) : { links: [], known: begun };
  for (const link of links.slice(followed.links.length)) {
    const next = await followOne(followed.known, link, verify);
    if ('id' in next) return { known: followed.known, broken: next };
    followed = { links: [...followed.links, link], known: next };
  }
  last = { network, ...followed };
  return { known: followed.known };
}

/** The check of the pinned id: a genesis of another network, or something that is none. */
export function begin(genesis: Origin, network: NetworkId): KnownEpochs | Check {
  const origin = opening(() => originOfJson(genesis));
  if (origin instanceof CodecError) return { ...malformed(origin), id: 'history' };
  const begun = beginEpochs(origin, network);
  return begun.ok ? begun.known : { ...begun.check, id: 'history' };
}

/** What both begin with; the rest is verified. */
function sharedStart(before: Followed, links: readonly EpochLinkJson[]): Omit<Followed, 'network'> {
  const differing = links.findIndex(
    (link, at) => JSON.stringify(link) !== JSON.stringify(before.links[at] ?? null),
  );
  const shared = differing < 0 ? links.length : differing;
  return { links: links.slice(0, shared), known: upTo(before.known, shared) };
}

/** Without what the hand-over behind the last of these epochs says of it. */
function upTo(known: KnownEpochs, handOvers: number): KnownEpochs {
  if (known.length === handOvers + 1) return known;
  const { lastHeight: _, ...newest } = known[handOvers] as KnownEpoch;
  return [...known.slice(0, handOvers), newest];
}

async function followOne(
  known: KnownEpochs,
  json: EpochLinkJson,
  verify: VerifySignature,
): Promise<KnownEpochs | Check> {
  const link = opening(() => epochLinkOfJson(json));
  if (link instanceof CodecError) return brokenLink(known, malformed(link));
  const { known: more, check } = await followEpochs(known, [link], verify);
  return check === undefined ? more : brokenLink(known, check);
}

/** Under this name a check says to which epoch the hand-over leads that does not hold. */
export const handOverTo = 'hand-over to epoch';

function brokenLink(known: KnownEpochs, check: Check): Check {
  const inputs = { [handOverTo]: newestEpoch(known).epoch + 1, ...check.inputs };
  return { ...check, id: 'history', inputs };
}

/** The set of the header's own epoch, or the failed check `quorum`: nobody is known who could have sealed it. */
export function sealersOf({ epoch }: Pick<Header, 'epoch'>, known: KnownEpochs): KnownEpoch | Check {
  const found = knownEpoch(known, epoch);
  if (found !== undefined) return found;
  const { epoch: newest } = newestEpoch(known);
  return failed('quorum', 'epoch', {
    expected: newest === 0 ? 'epoch 0' : `epoch 0…${newest}`,
    actual: `epoch ${epoch}`,
    inputs: { unproven: epoch, 'newest proven epoch': newest },
  });
}

/** The check `history`: a block lies within its epoch. The genesis block is of none: it opens the first one. */
export const placeOf = (header: Pick<Header, 'height'>, epoch: KnownEpoch): Check =>
  header.height === 0 ? passed('history') : withinEpoch(header, epoch);
