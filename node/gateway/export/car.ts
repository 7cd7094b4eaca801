/**
 * CAR, version 1 (https://ipld.io/specs/transport/car/carv1/). Blocks are what was hashed and signed, byte by byte:
 * envelopes and outcomes, or events. Pages link to a thousand rows each, the root to the pages. The header names
 * the root, which is known only once everything was read: a file is written in a second reading.
 */
import { fromHex } from '../../../shared/codec/hex.ts';
import { encodeStreamEvent } from '../../../shared/codec/ledger.ts';
import type { NetworkId } from '../../../shared/types/brands.ts';
import type { CborValue } from '../../../shared/types/ledger.ts';
import type { Encoder } from './encoder.ts';
import { Cid, encodeLinked, type Linked } from './ipld.ts';
import type { ExportPlan } from './plan.ts';
import type { ExportRow } from './rows.ts';

const pageRows = 1_000;

export interface CarSubject {
  readonly network: NetworkId;
  readonly plan: ExportPlan;
}

/** @param root as the first reading found it; the first reading itself has none and its bytes are of no use */
export function carEncoder(
  { network, plan }: CarSubject,
  root: Cid | undefined,
): Encoder & { readonly rootCid: () => Cid } {
  let count = 0;
  let page: Linked[] = [];
  const pages: Cid[] = [];
  let found: Cid | undefined;

  function block(bytes: Uint8Array): { readonly cid: Cid; readonly section: Uint8Array } {
    const cid = Cid.of(bytes);
    return { cid, section: Buffer.concat([varint(cid.bytes.length + bytes.length), cid.bytes, bytes]) };
  }

  function endPage(): Uint8Array {
    const { cid, section } = block(encodeLinked(page));
    pages.push(cid);
    page = [];
    return section;
  }

  function row(given: ExportRow): Uint8Array {
    const { entry, blocks } = entryOf(given, block);
    page.push(entry);
    count += 1;
    return Buffer.concat(page.length < pageRows ? blocks : [...blocks, endPage()]);
  }

  function end(): Uint8Array {
    const last = page.length === 0 ? [] : [endPage()];
    const { fromHeight, toHeight, format: _, ...query } = plan.query;
    const { cid, section } = block(
      encodeLinked({
        kind: 'concordat-export',
        version: 1,
        network: fromHex(network),
        query: { ...query } as CborValue,
        range: { fromHeight, toHeight },
        count,
        pages,
      }),
    );
    found = cid;
    return Buffer.concat([...last, section]);
  }

  return {
    begin() {
      const header = encodeLinked({ roots: root === undefined ? [] : [root], version: 1 });
      return Buffer.concat([varint(header.length), header]);
    },
    row,
    end,
    rootCid() {
      if (found === undefined) throw new Error('a root is known at the end');
      return found;
    },
  };
}

type Block = (bytes: Uint8Array) => { readonly cid: Cid; readonly section: Uint8Array };

/** What stands in the page, and the blocks that it links to. */
function entryOf(row: ExportRow, block: Block): { readonly entry: Linked; readonly blocks: Uint8Array[] } {
  if (row.of === 'events') {
    const { height, time, position, transaction } = row.event;
    const { cid, section } = block(encodeStreamEvent(row.event));
    const entry = { event: cid, height, time, position, transaction: fromHex(transaction) };
    return { entry, blocks: [section] };
  }
  const { id, height, index, time, envelope, outcomeBytes } = row.record;
  const [signed, outcome] = [block(envelope), block(outcomeBytes)];
  const entry = { envelope: signed.cid, outcome: outcome.cid, height, index, time, transaction: fromHex(id) };
  return { entry, blocks: [signed.section, outcome.section] };
}

/** Unsigned LEB128. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Uint8Array.of(...bytes, rest);
}
