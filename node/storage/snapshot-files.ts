/**
 * Snapshots on disk: for each a file of parts, and an index with the manifest, which is renamed into place last. A part
 * is there as it travels, or as the slices of streams that it consists of. Parts carry a CRC: damage is named and
 * never served.
 */
import {
  closeSync,
  existsSync,
  fstatSync,
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
import { bytesOf, readBytes, readCount, readList, readMap } from '../../shared/codec/structure.ts';
import type { Digest, Height } from '../../shared/types/brands.ts';
import type { CborValue } from '../../shared/types/ledger.ts';
import { makeDirectory } from '../files/make-directory.ts';
import { decodeSlices, type EventSlice, encodeSlices } from '../ledger/event-slices.ts';
import { decodeManifest, manifestDigest } from '../ledger/snapshot-manifest.ts';
import type { LogPort } from '../runtime/ports.ts';
import { damaged } from './errors.ts';
import { packNumbers, unpackNumbers } from './framing.ts';

export const snapshotsDirectoryName = 'snapshots';

export interface SnapshotFile {
  readonly height: Height;
  readonly digest: Digest;
  readonly manifest: Uint8Array;
  /** Nothing but this file is needed to take state from it. */
  readonly isWhole: boolean;
  /** undefined if there is no such part, or only its slices. @throws StorageError `data-damaged` */
  part(piece: number, part: number): Uint8Array | undefined;
  /** undefined if there is no such part, or all of it. @throws StorageError `data-damaged` */
  slices(piece: number, part: number): readonly EventSlice[] | undefined;
  /** Deletes it. */
  remove(): void;
  close(): void;
}

interface Place {
  readonly offset: number;
  readonly length: number;
  readonly crc: number;
  readonly kind: number;
}

/** As in the index. */
const partKinds = { whole: 0, slices: 1 } as const;

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

interface SnapshotIndex {
  readonly digest: Digest;
  readonly manifest: Uint8Array;
  /** Of the parts of each piece. */
  readonly places: readonly (readonly Place[])[];
}

function readIndex(directory: string, height: Height): SnapshotIndex {
  const names = ['version', 'manifest', 'digest', 'pieces'];
  const map = readMap(decode(new Uint8Array(readFileSync(indexFileOf(directory, height)))), 'index', names);
  const version = readCount(map, 'version', 'index');
  const manifest = readBytes(map, 'manifest', 'index');
  const digest = manifestDigest(manifest);
  if (Buffer.compare(readBytes(map, 'digest', 'index'), Buffer.from(digest, 'hex')) !== 0)
    throw new Error('the manifest differs from its digest');
  if (decodeManifest(manifest).header.height !== height) throw new Error('the manifest is of another height');
  const placesOf = readersByVersion[version];
  if (placesOf === undefined) throw new Error(`the index has the unknown version ${version}`);
  const pieces = readList(map, 'pieces', 'index', 2 ** 20);
  return {
    digest,
    manifest,
    places: placesOf(pieces.map((piece) => unpackNumbers(bytesOf(piece, 'piece')) ?? [])),
  };
}

/** @throws CodecError, and what the disk reports */
export function openSnapshot(directory: string, height: Height): SnapshotFile {
  const { digest, manifest, places } = readIndex(directory, height);
  const file = dataFileOf(directory, height);
  const descriptor = openSync(file, 'r');

  function read(piece: number, number: number, kind: number): Uint8Array | undefined {
    const place = places[piece]?.[number];
    if (place?.kind !== kind) return undefined;
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
    isWhole: places.every((piece) => piece.every(({ kind }) => kind === partKinds.whole)),
    part: (piece, number) => read(piece, number, partKinds.whole),
    slices(piece, number) {
      const bytes = read(piece, number, partKinds.slices);
      return bytes && decodeSlices(bytes);
    },
    close: () => closeSync(descriptor),
    remove() {
      closeSync(descriptor);
      removeFiles(directory, height);
    },
  };
}

type ReadPlaces = (pieces: readonly (readonly number[])[]) => readonly (readonly Place[])[];

/** Version 1 has (length, CRC) of each part, one after the other; version 2 has (offset, length, CRC, kind). */
const readersByVersion: { readonly [version: number]: ReadPlaces } = {
  1(pieces) {
    let offset = 0;
    return pieces.map((numbers) =>
      grouped(numbers, 2).map(([length = 0, crc = 0]) => {
        const place = { offset, length, crc, kind: partKinds.whole };
        offset += length;
        return place;
      }),
    );
  },
  2: (pieces) =>
    pieces.map((numbers) =>
      grouped(numbers, 4).map(([offset = 0, length = 0, crc = 0, kind = 0]) => ({
        offset,
        length,
        crc,
        kind,
      })),
    ),
};

const grouped = (numbers: readonly number[], size: number): (readonly number[])[] =>
  Array.from({ length: Math.floor(numbers.length / size) }, (_, at) =>
    numbers.slice(at * size, (at + 1) * size),
  );

const packPlaces = (places: readonly Place[]): Uint8Array =>
  packNumbers(places.flatMap(({ offset, length, crc, kind }) => [offset, length, crc, kind]));

export interface PieceDraft {
  add(part: Uint8Array): void;
  addSlices(slices: readonly EventSlice[]): void;
}

export interface SnapshotDraft {
  /** Parts of the next piece, its leaves first. */
  addPiece(): PieceDraft;
  /** Makes it durable and visible. */
  finish(manifest: Uint8Array): void;
  abandon(): void;
}

export function draftSnapshot(directory: string, height: Height): SnapshotDraft {
  makeDirectory(directory, 0o700);
  removeFiles(directory, height);
  const descriptor = openSync(dataFileOf(directory, height), 'w', 0o600);
  const pieces: Place[][] = [];
  let offset = 0;

  function write(bytes: Uint8Array, kind: number): Place {
    const place = appendPart(descriptor, offset, bytes, kind);
    offset += bytes.length;
    return place;
  }

  return {
    addPiece() {
      const places: Place[] = [];
      pieces.push(places);
      return {
        add: (part) => void places.push(write(part, partKinds.whole)),
        addSlices: (slices) => void places.push(write(encodeSlices(slices), partKinds.slices)),
      };
    },
    finish(manifest) {
      fsyncSync(descriptor);
      closeSync(descriptor);
      writeIndex(directory, height, manifest, pieces);
    },
    abandon() {
      closeSync(descriptor);
      removeFiles(directory, height);
    },
  };
}

function appendPart(descriptor: number, offset: number, bytes: Uint8Array, kind: number): Place {
  let written = 0;
  while (written < bytes.length)
    written += writeSync(descriptor, bytes, written, bytes.length - written, offset + written);
  return { offset, length: bytes.length, crc: crc32(bytes), kind };
}

/** Parts instead of their slices, until it is whole. */
export interface SnapshotExtension {
  put(piece: number, part: number, bytes: Uint8Array): void;
  /** Makes them durable and visible. */
  finish(): void;
  abandon(): void;
}

/** What is added stands behind what is there, so that a kill before its end leaves the snapshot as it was. */
export function extendSnapshot(directory: string, height: Height): SnapshotExtension {
  const { manifest, places } = readIndex(directory, height);
  const extended = places.map((piece) => [...piece]);
  const descriptor = openSync(dataFileOf(directory, height), 'r+');
  let offset = fstatSync(descriptor).size;
  return {
    put(piece, part, bytes) {
      extended[piece]![part] = appendPart(descriptor, offset, bytes, partKinds.whole);
      offset += bytes.length;
    },
    finish() {
      fsyncSync(descriptor);
      closeSync(descriptor);
      writeIndex(directory, height, manifest, extended);
    },
    abandon: () => closeSync(descriptor),
  };
}

function writeIndex(
  directory: string,
  height: number,
  manifest: Uint8Array,
  pieces: readonly (readonly Place[])[],
): void {
  const index: CborValue = {
    version: 2,
    manifest,
    digest: new Uint8Array(Buffer.from(manifestDigest(manifest), 'hex')),
    pieces: pieces.map(packPlaces),
  };
  const file = indexFileOf(directory, height);
  writeFileSync(`${file}.tmp`, encode(index), { mode: 0o600, flush: true });
  renameSync(`${file}.tmp`, file);
  syncDirectory(directory);
}

function syncDirectory(directory: string): void {
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
