/** Follows the blocks of every gateway and notes when each transaction of a load was certified where. */
import WebSocket from 'ws';
import { verifyWithSodium } from '../../node/crypto/sodium.ts';
import { apiPrefix, type CertificateJson, serverMessageSchema } from '../../shared/api.ts';
import { fromBase64Url } from '../../shared/codec/hex.ts';
import type { VerifySignature } from '../../shared/crypto/ed25519.ts';
import type { TrustedValidators } from '../../shared/protocol/checks.ts';
import { verifyCertificate } from '../../shared/protocol/verify-certificate.ts';
import type { BlockHash, Epoch, Height, Signature, ValidatorId } from '../../shared/types/brands.ts';
import type { Certificate } from '../../shared/types/ledger.ts';

/** Times are of the clock that was handed in; undefined while it has not happened. */
export interface Certified {
  firstMs?: number;
  allMs?: number;
  gateways: number;
}

export interface TrackedBlock {
  readonly gateway: number;
  readonly height: number;
  readonly atMs: number;
  readonly transactions: number;
}

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
  readonly certified = new Map<string, Certified>();
  readonly blocks: TrackedBlock[] = [];
  /** Certificates that did not verify, and ids that one gateway reported twice: both must stay empty. */
  readonly faults: string[] = [];
  private readonly sockets: WebSocket[] = [];
  private readonly seen: Set<string>[];
  private readonly gateways: readonly string[];
  private readonly trusted: TrustedValidators;
  private readonly nowMs: () => number;
  private closed = false;

  constructor(gateways: readonly string[], trusted: TrustedValidators, nowMs: () => number) {
    this.gateways = gateways;
    this.trusted = trusted;
    this.nowMs = nowMs;
    this.seen = gateways.map(() => new Set());
  }

  /** Resolves when every gateway answered `subscribed`. A link that breaks later is resumed where it stopped. */
  async open(): Promise<void> {
    await Promise.all(this.gateways.map((_, index) => this.follow(index, 'now')));
  }

  close(): void {
    this.closed = true;
    for (const socket of this.sockets) socket.terminate();
  }

  private follow(index: number, from: number | 'now'): Promise<void> {
    const url = `${this.gateways[index]!.replace(/^http/, 'ws')}${apiPrefix}/subscribe`;
    let next: number | 'now' = from;
    return new Promise((resolve) => {
      const socket = new WebSocket(url);
      this.sockets[index] = socket;
      socket.on('open', () =>
        socket.send(
          JSON.stringify({ type: 'subscribe', topic: 'blocks', from, include: ['transactionIds'] }),
        ),
      );
      socket.on('message', (data) => {
        const message = serverMessageSchema.parse(JSON.parse(String(data)));
        if (message.type === 'subscribed') resolve();
        if (message.type === 'problem') throw new Error(`${url}: ${message.problem.detail}`);
        if ('next' in message) next = message.next;
        if (message.type === 'block') this.note(index, message.block, message.transactionIds ?? []);
      });
      socket.on('error', (error) => socket.emit('close', error));
      socket.once('close', () => {
        if (this.closed) return;
        setTimeout(() => void this.follow(index, next).then(resolve), 100);
      });
    });
  }

  private note(
    gateway: number,
    block: { readonly height: number; readonly certificate: CertificateJson | null },
    ids: readonly string[],
  ): void {
    const atMs = this.nowMs();
    this.blocks.push({ gateway, height: block.height, atMs, transactions: ids.length });
    if (block.certificate !== null) void this.check(block.certificate);
    for (const id of ids) this.noteTransaction(gateway, id, atMs);
  }

  private noteTransaction(gateway: number, id: string, atMs: number): void {
    const seen = this.seen[gateway]!;
    if (seen.has(id)) this.faults.push(`${id} twice at gateway ${gateway}`);
    seen.add(id);
    const entry = this.certified.get(id) ?? { gateways: 0 };
    entry.gateways += 1;
    entry.firstMs ??= atMs;
    if (entry.gateways === this.gateways.length) entry.allMs = atMs;
    this.certified.set(id, entry);
  }

  private async check(json: CertificateJson): Promise<void> {
    const result = await verifyCertificate(certificateOf(json), this.trusted, verify);
    if (!result.ok) this.faults.push(`certificate of height ${json.height} does not verify`);
  }
}
