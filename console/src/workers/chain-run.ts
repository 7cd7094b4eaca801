/** Walks a chain from where it was left to the newest block that the gateway serves, page after page. */
import type { VerifySignature } from '../../../shared/crypto/ed25519.ts';
import { breaksAt } from '../../../shared/protocol/chain-break.ts';
import { type Check, compared, failed } from '../../../shared/protocol/checks.ts';
import {
  beginChain,
  type ChainPoint,
  type ChainResult,
  verifyBlocks,
} from '../../../shared/protocol/verify-chain.ts';
import type { NetworkId } from '../../../shared/types/brands.ts';
import type { ChainEvent, ChainProgress, Checkpoint, SeenBlock } from '../features/verify/chain/protocol.ts';
import { withLinks } from './chain-links.ts';
import { type BlockPage, type ChainSource, type ServedBlock, UnknownCursor } from './chain-source.ts';

export interface ChainRunPorts {
  readonly source: ChainSource;
  readonly verify: VerifySignature;
  readonly nowMs: () => number;
  readonly load: () => Promise<Checkpoint | undefined>;
  readonly save: (checkpoint: Checkpoint) => Promise<unknown>;
  readonly tell: (event: ChainEvent) => void;
  readonly isStopped: () => boolean;
}

export interface ChainRunOptions {
  readonly network: NetworkId;
  /** Height that the gateway says it has: serving less is a failure, not an end. */
  readonly target: number;
  /** The highest block that this browser has verified by itself: the chain must have it, whoever leads around it. */
  readonly seen?: SeenBlock;
}

/** A checkpoint and a message at most this often; what is between them is verified again after a reload. */
const periodMs = 500;

export async function runChain(
  ports: ChainRunPorts,
  { network, target, seen }: ChainRunOptions,
): Promise<void> {
  const begun = await beginning(ports, network);
  if ('id' in begun) return ports.tell({ type: 'failed', failure: { height: 0, checks: [begun] } });
  const run = new ChainRun(ports, begun);
  const { source, verify, tell, isStopped } = ports;
  let coming = ahead(firstPage(source, begun.cursor));
  for (;;) {
    const { cursor, page } = await coming;
    if (page.next !== undefined) coming = ahead(pageAt(source, page.next));
    const { height, epochs } = run.point;
    const served = page.blocks.filter((block) => block.height > height);
    const blocks = await withLinks(source.link, epochs.trusted.epoch, served);
    const result = await verifyAsSeen(run.point, blocks, seen, verify);
    run.advance(result.point, result.seals, cursor);
    if (!result.ok) {
      const failure = { height: result.point.height + 1, checks: result.checks };
      return tell({ type: 'failed', progress: await run.keep(), failure });
    }
    if (page.next === undefined) return tell(ending(await run.keep(), target));
    if (isStopped()) return tell({ type: 'stopped', progress: await run.keep() });
    if (run.isDue()) tell({ type: 'progress', progress: await run.keep() });
  }
}

/** A chain that has another block where this browser saw one certified has lost it, or more than f validators lie. */
async function verifyAsSeen(
  from: ChainPoint,
  blocks: readonly ServedBlock[],
  seen: SeenBlock | undefined,
  verify: VerifySignature,
): Promise<ChainResult> {
  const at = blocks.findIndex(({ height }) => height === seen?.height);
  const other = blocks[at];
  if (seen === undefined || other === undefined || other.certificate.block === seen.block)
    return verifyBlocks(from, blocks, verify);
  const below = await verifyBlocks(from, blocks.slice(0, at), verify);
  if (!below.ok) return below;
  const result = await verifyBlocks(below.point, [other], verify);
  const check = compared('history', 'recovery-conflict', seen.block, other.certificate.block, {
    inputs: { 'seen in this browser': seen.height },
  });
  return { ok: false, point: below.point, seals: below.seals, checks: result.ok ? [check] : result.checks };
}

function ending(progress: ChainProgress, target: number): ChainEvent {
  if (progress.height >= target) return { type: 'verified', progress };
  const facts = { expected: `≥ ${target}, as the node says`, actual: String(progress.height) };
  const check = failed('header', 'height', facts);
  return { type: 'failed', progress, failure: { height: progress.height + 1, checks: [check] } };
}

async function beginning(
  { load, source, nowMs }: ChainRunPorts,
  network: NetworkId,
): Promise<Checkpoint | Check> {
  const kept = await load();
  if (kept !== undefined) return kept;
  const begun = beginChain(await source.genesis(), network);
  if (!begun.ok) return begun.check;
  return { network, point: begun.point, seals: 0, startedAt: nowMs(), savedAt: nowMs() };
}

interface CursorPage {
  readonly cursor: string | undefined;
  readonly page: BlockPage;
}

const pageAt = async (source: ChainSource, cursor: string | undefined): Promise<CursorPage> => ({
  cursor,
  page: await source.page(cursor),
});

/** Another gateway may not know the cursor of the last one; then the blocks are read, not verified, again. */
async function firstPage(source: ChainSource, cursor: string | undefined): Promise<CursorPage> {
  try {
    return await pageAt(source, cursor);
  } catch (error) {
    if (!(error instanceof UnknownCursor)) throw error;
    return pageAt(source, undefined);
  }
}

/** Asked for while the page before is verified. Its failure counts when its turn comes, if it comes. */
function ahead(page: Promise<CursorPage>): Promise<CursorPage> {
  page.catch(() => undefined);
  return page;
}

/** What one run has done, and what is kept of it. */
class ChainRun {
  point: ChainPoint;
  readonly #ports: ChainRunPorts;
  readonly #begun: Checkpoint;
  readonly #startedMs: number;
  #seals: number;
  #cursor: string | undefined;
  #keptMs: number;
  #isKept = true;

  constructor(ports: ChainRunPorts, begun: Checkpoint) {
    this.#ports = ports;
    this.#begun = begun;
    this.point = begun.point;
    this.#seals = begun.seals;
    this.#cursor = begun.cursor;
    this.#startedMs = ports.nowMs();
    this.#keptMs = this.#startedMs;
  }

  advance(point: ChainPoint, seals: number, cursor: string | undefined): void {
    this.point = point;
    this.#seals += seals;
    this.#cursor = cursor;
  }

  isDue(): boolean {
    return this.#ports.nowMs() - this.#keptMs >= periodMs;
  }

  /** A browser that keeps nothing still verifies. */
  async keep(): Promise<ChainProgress> {
    const at = this.#ports.nowMs();
    const { network, startedAt } = this.#begun;
    const cursor = this.#cursor === undefined ? {} : { cursor: this.#cursor };
    const checkpoint = { network, point: this.point, seals: this.#seals, startedAt, savedAt: at, ...cursor };
    try {
      await this.#ports.save(checkpoint);
    } catch (error) {
      if (this.#isKept) console.warn('The verification cannot be resumed after a reload.', error);
      this.#isKept = false;
    }
    this.#keptMs = at;
    return {
      height: this.point.height,
      block: this.point.block,
      epoch: this.point.epochs.trusted.epoch,
      seals: this.#seals,
      startedAt,
      at,
      runBlocks: this.point.height - this.#begun.point.height,
      runMs: at - this.#startedMs,
      kept: this.#isKept,
      breaks: breaksAt(this.point),
    };
  }
}
