/**
 * Files of queries and their manifests. A manifest is found by reading everything once; the file is read again as it
 * is sent, so that neither takes memory, and must then come to the same digest.
 */
import { createHash } from 'node:crypto';
import type { ExportFormat } from '../../../shared/api.ts';
import type { MemberId, NetworkId } from '../../../shared/types/brands.ts';
import type { LedgerQueries } from '../../runtime/queries.ts';
import { ProblemError } from '../http/problem-error.ts';
import { carEncoder } from './car.ts';
import { csvEncoder } from './csv.ts';
import type { Encoder } from './encoder.ts';
import type { Cid } from './ipld.ts';
import { jsonEncoder } from './json.ts';
import type { ExportPlan } from './plan.ts';
import { rowsOf } from './rows.ts';

/** Each reads the whole range in the process that also votes. */
const runningMax = 4;
/** However slowly one member's readers take them, there is a place for another's. */
const runningOfMemberMax = 2;
const keptMax = 32;
const retryAfterSeconds = 5;

export const mediaTypes: { readonly [Format in ExportFormat]: string } = {
  csv: 'text/csv; charset=utf-8; header=present',
  json: 'application/json',
  car: 'application/vnd.ipld.car; version=1',
};

export interface Summary {
  readonly count: number;
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
  readonly root?: Cid;
}

export class Exports {
  readonly #queries: LedgerQueries;
  readonly #network: NetworkId;
  readonly #kept = new Map<string, Summary>();
  /** A row for each that is being read. */
  readonly #running: MemberId[] = [];

  constructor(queries: LedgerQueries, network: NetworkId) {
    this.#queries = queries;
    this.#network = network;
  }

  /**
   * Reads everything once, a CAR twice.
   * @param member that asks
   * @param isGone whether nobody waits any more
   * @throws ProblemError `rate-limited` while others are read, `client-closed-request`; StorageError `pruned`
   */
  async summary(plan: ExportPlan, member: MemberId, isGone: () => boolean): Promise<Summary> {
    const known = this.#kept.get(plan.key);
    if (known !== undefined) return known;
    return this.#alone(member, async () => {
      const root = plan.query.format === 'car' ? await this.#rootOf(plan, isGone) : undefined;
      const tally = new Tally();
      for await (const chunk of this.#chunks(plan, root, tally)) {
        tally.add(chunk);
        requireListener(isGone);
      }
      const summary = { ...tally.summary(), ...(root && { root }) };
      this.#keep(plan.key, summary);
      return summary;
    });
  }

  /**
   * The file, in chunks. It ends only if it came to what its manifest says.
   * @throws as `summary`, at the first chunk; Error `export-differs` at the end
   */
  async *file(plan: ExportPlan, member: MemberId, isGone: () => boolean): AsyncGenerator<Uint8Array> {
    const wanted = await this.summary(plan, member, isGone);
    this.#begin(member);
    try {
      const tally = new Tally();
      for await (const chunk of this.#chunks(plan, wanted.root, tally)) {
        tally.add(chunk);
        yield chunk;
      }
      const { sha256 } = tally.summary();
      if (sha256 !== wanted.sha256) throw new Error(`export-differs: ${sha256} and not ${wanted.sha256}`);
    } finally {
      this.#end(member);
    }
  }

  async #rootOf(plan: ExportPlan, isGone: () => boolean): Promise<Cid> {
    const encoder = carEncoder({ network: this.#network, plan }, undefined);
    for await (const rows of rowsOf(this.#queries, plan)) {
      for (const row of rows) encoder.row(row);
      requireListener(isGone);
    }
    encoder.end();
    return encoder.rootCid();
  }

  async *#chunks(plan: ExportPlan, root: Cid | undefined, tally: Tally): AsyncGenerator<Uint8Array> {
    const encoder = this.#encoderOf(plan, root);
    yield encoder.begin();
    for await (const rows of rowsOf(this.#queries, plan)) {
      tally.count += rows.length;
      if (rows.length > 0) yield Buffer.concat(rows.map((row) => encoder.row(row)));
    }
    yield encoder.end();
  }

  #encoderOf(plan: ExportPlan, root: Cid | undefined): Encoder {
    const { format, of } = plan.query;
    if (format === 'csv') return csvEncoder(of);
    return format === 'json' ? jsonEncoder() : carEncoder({ network: this.#network, plan }, root);
  }

  async #alone<Result>(member: MemberId, work: () => Promise<Result>): Promise<Result> {
    this.#begin(member);
    try {
      return await work();
    } finally {
      this.#end(member);
    }
  }

  #begin(member: MemberId): void {
    const ofMember = this.#running.filter((one) => one === member).length;
    if (ofMember >= runningOfMemberMax) {
      const detail = `${member} reads ${ofMember} exports already.`;
      throw busy(detail, { member, running: ofMember, runningMax: runningOfMemberMax });
    }
    if (this.#running.length >= runningMax) {
      const facts = { running: this.#running.length, runningMax };
      throw busy(`${runningMax} exports are being read.`, facts);
    }
    this.#running.push(member);
  }

  #end(member: MemberId): void {
    this.#running.splice(this.#running.indexOf(member), 1);
  }

  #keep(key: string, summary: Summary): void {
    this.#kept.set(key, summary);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > keptMax && oldest !== undefined) this.#kept.delete(oldest);
  }
}

const busy = (detail: string, facts: Readonly<Record<string, unknown>>): ProblemError =>
  new ProblemError('rate-limited', detail, facts, { retryAfterSeconds });

class Tally {
  count = 0;
  #bytes = 0;
  readonly #hash = createHash('sha256');

  add(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    this.#hash.update(chunk);
  }

  summary(): Summary {
    return { count: this.count, bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }
}

function requireListener(isGone: () => boolean): void {
  if (isGone()) throw new ProblemError('client-closed-request', 'The client hung up.');
}
