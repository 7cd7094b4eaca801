/**
 * A lost or damaged `derived.db` is derived from the blocks again, except where their bodies are not here: then
 * from the newest snapshot of this node, which must prove itself against the ledger's header like a peer's.
 */
import { type Height, heightOf } from '../../shared/types/brands.ts';
import { decodeManifest, manifestFault, piecePath } from '../ledger/snapshot-manifest.ts';
import { openPiece, proveLeaves } from '../ledger/snapshot-piece.ts';
import { damaged } from './errors.ts';
import { type InstallOptions, installSnapshot } from './install-snapshot.ts';
import type { SnapshotFile } from './snapshot-files.ts';
import { beginIntake } from './snapshot-intake.ts';
import { keptPart } from './snapshot-parts.ts';

export interface RestoreOptions extends InstallOptions {
  readonly derivedFile: string;
  /** Newest one that needs nothing but its file. */
  readonly newestWhole: () => SnapshotFile | undefined;
}

/** @throws StorageError `data-damaged` if no snapshot leads up to the bodies that are here */
export function restoreDerived(options: RestoreOptions): void {
  const { rows, log, derivedFile, directory } = options;
  const { bodiesFrom } = rows.base();
  if (bodiesFrom <= 1) return;
  const file = options.newestWhole();
  const row = file && rows.block(file.height);
  if (file === undefined || file.height + 1 < bodiesFrom || row?.certificate === undefined)
    throw damaged(derivedFile, 'checkpoint', lastLost(bodiesFrom));
  log.write('warn', 'state-restored-from-snapshot', { height: file.height });
  const intake = beginIntake(directory, file.manifest, row.certificate);
  const manifest = decodeManifest(file.manifest);
  if (manifest.header.state !== row.header.state || manifestFault(manifest) !== undefined)
    throw damaged(derivedFile, 'checkpoint', file.height);
  for (const [piece, top] of manifest.tops.entries()) {
    const leaves = proveLeaves(keptPart(file, piece, 0), piecePath(piece, manifest.depth), top);
    intake.putState(leaves);
    const proof = openPiece(leaves, manifest.parts[piece] ?? 0);
    while (proof.next > 0) intake.putPart(proof.take(keptPart(file, piece, proof.next)));
  }
  intake.finish();
  installSnapshot({ ...options, replaces: true });
}

const lastLost = (bodiesFrom: Height): Height => heightOf(bodiesFrom - 1);
