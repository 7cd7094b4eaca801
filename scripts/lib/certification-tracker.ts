/**
 * Follows the blocks of every gateway and notes when each transaction of a load was certified where. One gateway
 * tells which transactions a block holds; that the others certified the same block is told by its hash.
 */
import WebSocket from 'ws';
import { verifyWithSodium } from '../../node/crypto/sodium.ts';
import {
  apiPrefix,
  type CertificateJson,
  type Problem,
  type ServerMessage,
  serverMessageSchema,
} from '../../shared/api.ts';
import { fromBase64Url } from '../../shared/codec/hex.ts';
import type { VerifySignature } from '../../shared/crypto/ed25519.ts';
import type { TrustedValidators } from '../../shared/protocol/checks.ts';
import { verifyCertificate } from '../../shared/protocol/verify-certificate.ts';
import type { BlockHash, Epoch, Height, Signature, ValidatorId } from '../../shared/types/brands.ts';
import type { Certificate } from '../../shared/types/ledger.ts';
import type { SignedIn } from './signed-in.ts';

/** When and where a block was certified. Times are of the clock that was handed in. */
export interface Certified {
  readonly hash: string;
  readonly firstMs: number;
  /** undefined until every gateway reported it. */
  allMs?: number;
  gateways: number;
}

export interface TrackedBlock {
  readonly gateway: number;
  readonly height: number;
  readonly atMs: number;
  readonly transactions: number;
}

type Trusted = TrustedValidators | ((epoch: Epoch) => Promise<TrustedValidators>);
type BlockMessage = Extract<ServerMessage, { type: 'block' }>;

const verify: VerifySignature = async (key, message, signature) => verifyWithSodium(key, message, signature);

const certificateOf = (json: CertificateJson): Certificate => ({
  epoch: json.epoch as Epoch,
  height: json.height as Height,
  block: json.block as BlockHash,
  seals: json.seals.map(({ validator, signature }) => ({
    validator: validator as ValidatorId,
    signature: fromBase64Url(signature) as Signature,
  })),
});

export class CertificationTracker {
  /** By transaction; those of one block share its entry. */
  readonly certified = new Map<string, Certified>();
  readonly blocks: TrackedBlock[] = [];
  /** Certificates that did not verify, blocks that differ and ids that ran twice, problems: must stay empty. */
  readonly faults: string[] = [];
  private readonly heights = new Map<number, Certified>();
  private readonly sockets: WebSocket[] = [];
  private readonly gateways: readonly string[];
  private readonly trusted: Trusted;
  private readonly nowMs: () => number;
  private readonly session: SignedIn;
  private closed = false;

  /** @param trusted who seals: one set, or for each certificate that of its epoch */
  constructor(gateways: readonly string[], trusted: Trusted, session: SignedIn, nowMs: () => number) {
    this.session = session;
    this.gateways = gateways;
    this.trusted = trusted;
    this.nowMs = nowMs;
  }

  /** Resolves when every gateway answered `subscribed`. A link that breaks later is resumed where it stopped. */
  async open(): Promise<void> {
    await Promise.all(this.gateways.map((_, index) => this.follow(index, 'now')));
  }

  close(): void {
    this.closed = true;
    for (const socket of this.sockets) socket.terminate();
  }

  private async follow(index: number, from: number | 'now'): Promise<void> {
    const token = await this.tokenAt(this.gateways[index]!);
    if (!this.closed) await this.followWith(index, from, token);
  }

  /** A gateway that is down gives none, and its socket says so, too. */
  private async tokenAt(gateway: string): Promise<string | undefined> {
    try {
      return await this.session.token(gateway);
    } catch {
      return undefined;
    }
  }

  private followWith(index: number, from: number | 'now', token: string | undefined): Promise<void> {
    const url = `${this.gateways[index]!.replace(/^http/, 'ws')}${apiPrefix}/subscribe`;
    const include = index === 0 ? ['transactionIds'] : [];
    let next: number | 'now' = from;
    return new Promise((resolve) => {
      const socket = new WebSocket(url);
      this.sockets[index] = socket;
      socket.on('open', () =>
        socket.send(JSON.stringify({ type: 'subscribe', topic: 'blocks', from, include, token })),
      );
      socket.on('message', (data) => {
        // What reading it takes is this process's.
        const atMs = this.nowMs();
        const message = serverMessageSchema.parse(JSON.parse(String(data)));
        if (message.type === 'subscribed') resolve();
        if (message.type === 'problem') this.noteProblem(index, message.problem);
        if ('next' in message) next = message.next;
        if (message.type === 'block') this.note(index, message, atMs);
      });
      socket.on('error', (error) => socket.emit('close', error));
      socket.once('close', () => {
        if (this.closed) return;
        setTimeout(() => void this.follow(index, next).then(resolve), 100);
      });
    });
  }

  /** A gateway that was started again knows no session of before: the next socket brings a new one. */
  private noteProblem(index: number, { code, detail }: Problem): void {
    const gateway = this.gateways[index]!;
    if (code === 'sign-in-required') this.session.forget(gateway);
    else this.noteFault(`${gateway}: ${detail}`);
  }

  private noteFault(fault: string): void {
    if (!this.faults.includes(fault)) this.faults.push(fault);
  }

  private note(gateway: number, { block, transactionIds }: BlockMessage, atMs: number): void {
    const { height, hash, certificate, transactionCount } = block;
    this.blocks.push({ gateway, height, atMs, transactions: transactionCount });
    if (certificate !== null) void this.check(certificate);
    const entry = this.heights.get(height) ?? { hash, firstMs: atMs, gateways: 0 };
    if (entry.hash !== hash) this.noteFault(`height ${height} differs at gateway ${gateway}`);
    this.heights.set(height, entry);
    entry.gateways += 1;
    if (entry.gateways === this.gateways.length) entry.allMs = atMs;
    for (const id of transactionIds ?? []) this.noteTransaction(id, height, entry);
  }

  private noteTransaction(id: string, height: number, entry: Certified): void {
    if (this.certified.has(id)) this.noteFault(`${id} ran again at height ${height}`);
    this.certified.set(id, entry);
  }

  private async check(json: CertificateJson): Promise<void> {
    const { trusted } = this;
    try {
      const set = typeof trusted === 'function' ? await trusted(json.epoch as Epoch) : trusted;
      const result = await verifyCertificate(certificateOf(json), set, verify);
      if (!result.ok) this.noteFault(`certificate of height ${json.height} does not verify`);
    } catch (error) {
      this.noteFault(`certificate of height ${json.height}: ${String(error)}`);
    }
  }
}
