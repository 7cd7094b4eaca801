/** Walks a chain from where it was left to the newest block that the gateway serves, page after page. */
import type { VerifySignature } from '../../../shared/crypto/ed25519.ts';
import { type Check, failed } from '../../../shared/protocol/checks.ts';
import { beginChain, type ChainPoint, verifyBlocks } from '../../../shared/protocol/verify-chain.ts';
import type { NetworkId } from '../../../shared/types/brands.ts';
import type { ChainEvent, ChainProgress, Checkpoint } from '../features/verify/chain/protocol.ts';
import { type BlockPage, type ChainSource, UnknownCursor } from './chain-source.ts';

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
}

/** A checkpoint and a message at most this often; what is between them is verified again after a reload. */
const periodMs = 500;

export async function runChain(ports: ChainRunPorts, { network, target }: ChainRunOptions): Promise<void> {
  const begun = await beginning(ports, network);
  if ('id' in begun) return ports.tell({ type: 'failed', failure: { height: 0, checks: [begun] } });
  const run = new ChainRun(ports, begun);
  const { source, verify, tell, isStopped } = ports;
  let coming = ahead(firstPage(source, begun.cursor));
  for (;;) {
    const { cursor, page } = await coming;
    if (page.next !== undefined) coming = ahead(pageAt(source, page.next));
    const blocks = page.blocks.filter(({ height }) => height > run.point.height);
    const result = await verifyBlocks(run.point, blocks, verify);
    run.advance(result.point, result.seals, cursor);
    if (!result.ok) {
      const height = result.point.height + 1;
      return tell({ type: 'failed', progress: await run.keep(), failure: { height, checks: result.checks } });
    }
    if (page.next === undefined) return tell(ending(await run.keep(), target));
    if (isStopped()) return tell({ type: 'stopped', progress: await run.keep() });
    if (run.isDue()) tell({ type: 'progress', progress: await run.keep() });
  }
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
    };
  }
}
