/** Nodes of the RFC 9162 tree over block hashes, so that a proof reads a few rows and not every block. */
import { fromHex, toHex } from '../../shared/codec/hex.ts';
import { branchHash, leafHash } from '../../shared/crypto/merkle.ts';
import type { Digest, Height } from '../../shared/types/brands.ts';
import type { InclusionProof } from '../../shared/types/ledger.ts';
import type { Database } from './database.ts';
import { damaged } from './errors.ts';
import type { IndexedBlock, IndexPart } from './index-block.ts';
import { isBytes } from './row-check.ts';

export interface HistoryIndex extends IndexPart {
  /** Of block `index` among the first `size` blocks; 0 ≤ index < size. */
  inclusion(index: Height, size: Height): InclusionProof;
  /** RFC 9162, section 2.1.4.1, from the first `from` blocks to the first `to`; 0 ≤ from ≤ to. */
  consistency(from: Height, to: Height): readonly Digest[];
}

export function openHistoryIndex(database: Database, file: string): HistoryIndex {
  const insert = database.prepare('INSERT INTO history_nodes VALUES (?, ?, ?)');
  const select = database
    .prepare<[number, number], Buffer>('SELECT hash FROM history_nodes WHERE level = ? AND place = ?')
    .pluck();
  let pending: IndexedBlock[] = [];

  function node(level: number, place: number): Uint8Array {
    const hash = select.get(level, place);
    if (!isBytes(hash) || hash.length !== 32) throw damaged(file, 'history_nodes', `${level}/${place}`);
    return hash;
  }

  function append(leaf: number, hash: Uint8Array): void {
    let place = leaf;
    let root = hash;
    insert.run(0, place, root);
    // Each trailing one bit of the leaf's number completes a subtree.
    for (let level = 1; place % 2 === 1; level++) {
      root = branchHash(node(level - 1, place - 1), root);
      place = (place - 1) / 2;
      insert.run(level, place, root);
    }
  }

  /** Root of the leaves from `start` up to, not including, `end`; `start` is a multiple of the left part's size. */
  function range(start: number, end: number): Uint8Array {
    const size = end - start;
    const level = Math.floor(Math.log2(size));
    if (2 ** level === size) return node(level, start / size);
    const middle = start + 2 ** level;
    return branchHash(range(start, middle), range(middle, end));
  }

  function inclusion(index: Height, size: Height): InclusionProof {
    const path: Uint8Array[] = [];
    let start = 0;
    let end: number = size;
    while (end - start > 1) {
      const middle = start + largestPowerBelow(end - start);
      if (index < middle) {
        path.push(range(middle, end));
        end = middle;
      } else {
        path.push(range(start, middle));
        start = middle;
      }
    }
    return { index, size, path: path.reverse().map(asDigest) };
  }

  function consistency(from: Height, to: Height): readonly Digest[] {
    return from === 0 || from === to ? [] : subProof(from, 0, to, true).map(asDigest);
  }

  function subProof(from: number, start: number, end: number, whole: boolean): Uint8Array[] {
    if (from === end - start) return whole ? [] : [range(start, end)];
    const middle = start + largestPowerBelow(end - start);
    if (from <= middle - start) return [...subProof(from, start, middle, whole), range(middle, end)];
    return [...subProof(from - (middle - start), middle, end, false), range(start, middle)];
  }

  return {
    inclusion,
    consistency,
    add: (block) => pending.push(block),
    write() {
      for (const { height, hash } of pending) append(height, leafHash(fromHex(hash)));
      pending = [];
    },
  };
}

const asDigest = (hash: Uint8Array): Digest => toHex(hash) as Digest;

const largestPowerBelow = (size: number): number => 2 ** Math.ceil(Math.log2(size) - 1);
