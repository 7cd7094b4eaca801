/**
 * Snapshots on disk: for each a file of parts, one after the other, and an index with the manifest, which is renamed
 * into place last. Parts carry a CRC: damage is named and never served.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { decode, encode } from '../../shared/codec/dag-cbor.ts';
import { bytesOf, readBytes, readConstant, readList, readMap } from '../../shared/codec/structure.ts';
import type { Digest, Height } from '../../shared/types/brands.ts';
import type { CborValue } from '../../shared/types/ledger.ts';
import { makeDirectory } from '../files/make-directory.ts';
import { decodeManifest, manifestDigest } from '../ledger/snapshot-manifest.ts';
import type { LogPort } from '../runtime/ports.ts';
import { damaged } from './errors.ts';
import { packNumbers, unpackNumbers } from './framing.ts';

export const snapshotsDirectoryName = 'snapshots';

export interface SnapshotFile {
  readonly height: Height;
  readonly digest: Digest;
  readonly manifest: Uint8Array;
  /** undefined if there is no such part. @throws StorageError `data-damaged` */
  part(piece: number, part: number): Uint8Array | undefined;
  /** Deletes it. */
  remove(): void;
  close(): void;
}

/** Parts of a piece, each as (length, CRC), one number after the other. */
type PieceIndex = readonly number[];

const dataFileOf = (directory: string, height: number): string => join(directory, `${height}.parts`);
const indexFileOf = (directory: string, height: number): string => join(directory, `${height}.index`);

/** Names of the files of a snapshot. */
export const snapshotNames = (height: number): readonly string[] => [`${height}.parts`, `${height}.index`];

/** Whole snapshots, newest first; what is damaged or was not finished is removed and named. */
export function listSnapshots(directory: string, log: LogPort): SnapshotFile[] {
  if (!existsSync(directory)) return [];
  const names = readdirSync(directory);
  const heights = names.filter((name) => name.endsWith('.index')).map((name) => Number.parseInt(name, 10));
  for (const name of names) {
    const orphan = !name.endsWith('.index') && !heights.includes(Number.parseInt(name, 10));
    if (orphan) rmSync(join(directory, name), { force: true });
  }
  return heights
    .sort((one, other) => other - one)
    .flatMap((height) => openOrRemove(directory, height as Height, log) ?? []);
}

function openOrRemove(directory: string, height: Height, log: LogPort): SnapshotFile | undefined {
  try {
    return openSnapshot(directory, height);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log.write('error', 'snapshot-damaged', { height, reason, action: 'removed' });
    removeFiles(directory, height);
    return undefined;
  }
}

const removeFiles = (directory: string, height: number): void => {
  rmSync(indexFileOf(directory, height), { force: true });
  rmSync(dataFileOf(directory, height), { force: true });
};

/** @throws CodecError, and what the disk reports */
export function openSnapshot(directory: string, height: Height): SnapshotFile {
  const map = readMap(decode(new Uint8Array(readFileSync(indexFileOf(directory, height)))), 'index', [
    'version',
    'manifest',
    'digest',
    'pieces',
  ]);
  readConstant(map, 'version', 'index', 1);
  const manifest = readBytes(map, 'manifest', 'index');
  const digest = manifestDigest(manifest);
  if (Buffer.compare(readBytes(map, 'digest', 'index'), Buffer.from(digest, 'hex')) !== 0)
    throw new Error('the manifest differs from its digest');
  if (decodeManifest(manifest).header.height !== height) throw new Error('the manifest is of another height');
  const places = placesOf(
    readList(map, 'pieces', 'index', 2 ** 20).map((piece) => unpackNumbers(bytesOf(piece, 'piece')) ?? []),
  );
  const file = dataFileOf(directory, height);
  const descriptor = openSync(file, 'r');

  function part(piece: number, number: number): Uint8Array | undefined {
    const place = places[piece]?.[number];
    if (place === undefined) return undefined;
    const bytes = new Uint8Array(place.length);
    const read = readSync(descriptor, bytes, 0, place.length, place.offset);
    if (read !== place.length || crc32(bytes) !== place.crc)
      throw damaged(file, 'parts', `${piece}/${number}`);
    return bytes;
  }

  return {
    height,
    digest,
    manifest,
    part,
    close: () => closeSync(descriptor),
    remove() {
      closeSync(descriptor);
      removeFiles(directory, height);
    },
  };
}

interface Place {
  readonly offset: number;
  readonly length: number;
  readonly crc: number;
}

function placesOf(pieces: readonly PieceIndex[]): readonly (readonly Place[])[] {
  let offset = 0;
  return pieces.map((numbers) => {
    const places: Place[] = [];
    for (let at = 0; at + 1 < numbers.length; at += 2) {
      places.push({ offset, length: numbers[at]!, crc: numbers[at + 1]! });
      offset += numbers[at]!;
    }
    return places;
  });
}

export interface SnapshotDraft {
  /** Parts of the next piece, its leaves first. */
  addPiece(): { add(part: Uint8Array): void };
  /** Makes it durable and visible. */
  finish(manifest: Uint8Array): void;
  abandon(): void;
}

export function draftSnapshot(directory: string, height: Height): SnapshotDraft {
  makeDirectory(directory, 0o700);
  removeFiles(directory, height);
  const descriptor = openSync(dataFileOf(directory, height), 'w', 0o600);
  const pieces: number[][] = [];

  function finish(manifest: Uint8Array): void {
    fsyncSync(descriptor);
    closeSync(descriptor);
    const digest = Buffer.from(manifestDigest(manifest), 'hex');
    const index: CborValue = {
      version: 1,
      manifest,
      digest: new Uint8Array(digest),
      pieces: pieces.map(packNumbers),
    };
    const file = indexFileOf(directory, height);
    writeFileSync(`${file}.tmp`, encode(index), { mode: 0o600, flush: true });
    renameSync(`${file}.tmp`, file);
    syncDirectory(directory);
  }

  return {
    addPiece() {
      const numbers: number[] = [];
      pieces.push(numbers);
      return {
        add(part) {
          writeSync(descriptor, part);
          numbers.push(part.length, crc32(part));
        },
      };
    },
    finish,
    abandon() {
      closeSync(descriptor);
      removeFiles(directory, height);
    },
  };
}

function syncDirectory(directory: string): void {
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
