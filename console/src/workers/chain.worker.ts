/** Verifies a whole chain away from the page's thread, with the code of shared/protocol. One run in its life. */
import type { NetworkId } from '../../../shared/types/brands.ts';
import { readCheckpoint, writeCheckpoint } from '../features/verify/chain/checkpoints.ts';
import type { ChainCall, ChainEvent, ChainStart, Checkpoint } from '../features/verify/chain/protocol.ts';
import { runChain } from './chain-run.ts';
import { chainSource } from './chain-source.ts';
import { signaturePool } from './signature-pool.ts';

/** More would wait for the one that hashes and links. */
const signatureWorkersMax = 4;

let stopped = false;
const tell = (event: ChainEvent): void => self.postMessage(event);

self.onmessage = ({ data }: MessageEvent<ChainCall>) => {
  if (data.type === 'stop') stopped = true;
  else void start(data);
};

async function start({ network, gateway, authorization, target, seen }: ChainStart): Promise<void> {
  try {
    const ports = {
      source: chainSource(gateway, authorization),
      verify: signaturePool(signatureWorkers()),
      nowMs: Date.now,
      load: () => loadIfKept(network),
      save: writeCheckpoint,
      tell,
      isStopped: () => stopped,
    };
    await runChain(ports, { network: network as NetworkId, target, ...(seen && { seen }) });
  } catch (error) {
    tell({ type: 'crashed', message: error instanceof Error ? error.message : String(error) });
  }
  self.close();
}

/** One core is this worker's own. They end with it. */
function signatureWorkers(): readonly Worker[] {
  const count = Math.max(1, Math.min(signatureWorkersMax, navigator.hardwareConcurrency - 1));
  return Array.from(
    { length: count },
    () => new Worker(new URL('./signature.worker.ts', import.meta.url), { type: 'module' }),
  );
}

/** A browser without IndexedDB has nothing kept. */
async function loadIfKept(network: string): Promise<Checkpoint | undefined> {
  try {
    return await readCheckpoint(network);
  } catch (error) {
    console.warn('Nothing that was kept could be read.', error);
    return undefined;
  }
}
