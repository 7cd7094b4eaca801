/**
 * A light client: it believes the pinned network id, and of what gateways say no more than proves itself from there.
 * From genesis it follows every hand-over to the newest epoch, so that it knows who sealed at which heights, and refuses
 * what the keys of a former set sign behind the end of their epoch. What it knows can be filed and taken up again.
 */
import { epochLinkOfJson, originOfJson } from '../api/ledger-of-json.ts';
import type { EpochsJson } from '../api.ts';
import { CodecError } from '../codec/codec-error.ts';
import { decodeEpochChain, type EpochChainFile, encodeEpochChain } from '../codec/epoch-chain.ts';
import { decodeHeader, decodeReceipt } from '../codec/ledger.ts';
import type { VerifySignature } from '../crypto/ed25519.ts';
import { type Check, firstFailed, malformed, type Verification } from '../protocol/checks.ts';
import {
  type KnownEpoch,
  type KnownEpochs,
  knownEpoch,
  newestEpoch,
  withinEpoch,
} from '../protocol/known-epochs.ts';
import { type Observation, observeCertificate } from '../protocol/light-client.ts';
import { certifiedBySet, headerCheck, keptCheck, quorumCheck } from '../protocol/verify-certificate.ts';
import { beginEpochs, followEpochs } from '../protocol/verify-epochs.ts';
import { type PackVerification, verifyProofPack } from '../protocol/verify-pack.ts';
import { opening, openReceipt, type ReceiptVerification, verifyReceipt } from '../protocol/verify-receipt.ts';
import {
  type GenesisStateEntry,
  type StateEntry,
  verifyGenesisStateEntry,
  verifyStateEntry,
} from '../protocol/verify-state.ts';
import type { Epoch, NetworkId } from '../types/brands.ts';
import type { Certificate, EpochLink } from '../types/ledger.ts';
import type { Client } from './client.ts';
import { ClientError, invalidAnswer } from './client-error.ts';

/** The newest block that was seen certified: what is shown is not to lie far behind it. */
export interface SeenBlock {
  readonly height: number;
  readonly time?: number;
}

export interface LightClientOptions {
  readonly client: Pick<Client, 'get' | 'gateway'>;
  /** Pinned: from a source that is trusted. */
  readonly network: NetworkId;
  readonly verifySignature: VerifySignature;
}

/** Begins at the genesis that a gateway serves. @throws ClientError `genesis-refused` unless its hash was pinned */
export async function startLightClient(options: LightClientOptions): Promise<LightClient> {
  const genesis = originOfJson(await options.client.get('genesis'));
  const begun = beginEpochs(genesis, options.network);
  if (!begun.ok) throw genesisRefused(options.client.gateway, begun.check);
  return new LightClient(options, { genesis, epochs: [] }, begun.known);
}

/** Begins with what `remember` gave, all of which is verified again. @throws ClientError `remembered-refused` */
export async function resumeLightClient(
  options: LightClientOptions,
  remembered: Uint8Array,
): Promise<LightClient> {
  const { network, verifySignature } = options;
  const file = opening(() => decodeEpochChain(remembered));
  if (file instanceof CodecError) throw rememberedRefused(malformed(file));
  const known = await epochsOf(file, network, verifySignature);
  if ('id' in known) throw rememberedRefused(known);
  return new LightClient(options, file, known);
}

/** Every epoch that was filed, proven from the network id, or the check that failed. Never rejects for bad input. */
export async function epochsOf(
  { genesis, epochs, highest, highestHeader }: EpochChainFile,
  network: NetworkId,
  verifySignature: VerifySignature,
): Promise<KnownEpochs | Check> {
  const begun = beginEpochs(genesis, network);
  if (!begun.ok) return begun.check;
  const { known, check } = await followEpochs(begun.known, epochs, verifySignature);
  if (check !== undefined) return check;
  const last = highest && (await certificateCheck(known, highest, verifySignature));
  if (last !== undefined && !last.ok) return last;
  const header = highest && highestHeader && headerOfCheck(highestHeader, highest, network);
  return header === undefined || header.ok ? known : header;
}

function headerOfCheck(bytes: Uint8Array, certificate: Certificate, network: NetworkId): Check {
  const header = opening(() => decodeHeader(bytes));
  return header instanceof CodecError ? malformed(header) : headerCheck(bytes, header, certificate, network);
}

/** Signed by the set of its epoch, at a height of this epoch. */
async function certificateCheck(
  known: KnownEpochs,
  certificate: Certificate,
  verifySignature: VerifySignature,
): Promise<Check> {
  const epoch = knownEpoch(known, certificate.epoch) ?? newestEpoch(known);
  return firstFailed([
    await quorumCheck(certificate, epoch, verifySignature),
    withinEpoch(certificate, epoch),
  ]);
}

/** All methods throw ClientError {code, facts, next}. */
export class LightClient {
  readonly #options: LightClientOptions;
  #file: EpochChainFile;
  #known: KnownEpochs;
  /** Under way: hand-overs are followed one after the other. */
  #following: Promise<void> | undefined;

  constructor(options: LightClientOptions, file: EpochChainFile, known: KnownEpochs) {
    this.#options = options;
    this.#file = file;
    this.#known = known;
  }

  /** Every epoch that is known, proven from the pinned network id. */
  get known(): KnownEpochs {
    return this.#known;
  }

  /** Of the highest certified block that was observed. */
  get highest(): Certificate | undefined {
    return this.#file.highest;
  }

  /** The same block's height, and its time in milliseconds since 1970 if it is known. */
  get seen(): SeenBlock | undefined {
    const { highest, highestHeader } = this.#file;
    if (highest === undefined) return undefined;
    return {
      height: highest.height,
      ...(highestHeader !== undefined && { time: decodeHeader(highestHeader).time }),
    };
  }

  /** DAG-CBOR to file (docs/data-formats.md, section 8). */
  remember(): Uint8Array {
    return encodeEpochChain(this.#file);
  }

  /**
   * Asks for the hand-overs behind those that are known, up to the newest that the gateway has. What holds is kept.
   * @throws ClientError `epoch-refused` at the first that does not hold
   */
  async follow(): Promise<KnownEpochs> {
    this.#following ??= this.#followAll().finally(() => {
      this.#following = undefined;
    });
    await this.#following;
    return this.#known;
  }

  async #followAll(): Promise<void> {
    const { client } = this.#options;
    let isMore = true;
    while (isMore) {
      const from = this.#known.length;
      const page = await client.get('epochs', { from });
      await this.#take(linksOf(page, from, client.gateway));
      isMore = page.next !== undefined;
    }
  }

  async #take(links: readonly EpochLink[]): Promise<void> {
    const { client, verifySignature } = this.#options;
    const before = this.#known.length;
    const { known, check } = await followEpochs(this.#known, links, verifySignature);
    this.#refuseLoss(known);
    const held = links.slice(0, known.length - before);
    this.#known = known;
    this.#file = { ...this.#file, epochs: [...this.#file.epochs, ...held] };
    if (check !== undefined) throw epochRefused(client.gateway, newestEpoch(known).epoch, check);
  }

  /**
   * A recovery ends an epoch where its members say. If this client saw a block certified behind that place, or another
   * one than it keeps, that was lost, and whoever saw it does not follow. @throws ClientError `epoch-refused`
   */
  #refuseLoss(known: KnownEpochs): void {
    const { highest } = this.#file;
    const epoch = highest && knownEpoch(known, highest.epoch);
    if (highest === undefined || epoch === undefined) return;
    const check = firstFailed([withinEpoch(highest, epoch), keptCheck(highest, epoch)]);
    if (!check.ok) throw epochRefused(this.#options.client.gateway, epoch.epoch, check);
  }

  /** Who seals in it, at which heights; followed if it is not known. @throws ClientError `epoch-unknown`, `epoch-refused` */
  async epoch(epoch: Epoch): Promise<KnownEpoch> {
    const found = await this.#find(epoch);
    if (found !== undefined) return found;
    throw epochUnknown(epoch, newestEpoch(this.#known).epoch);
  }

  async #find(epoch: Epoch): Promise<KnownEpoch | undefined> {
    return knownEpoch(this.#known, epoch) ?? knownEpoch(await this.follow(), epoch);
  }

  /** The six checks, with the set of the receipt's own epoch and at a height of this epoch. Bad bytes are a failed check. */
  async receipt(bytes: Uint8Array): Promise<ReceiptVerification> {
    const opened = opening(() => openReceipt(decodeReceipt(bytes)));
    const epoch = opened instanceof CodecError ? undefined : await this.#find(opened.header.epoch);
    return verifyReceipt(bytes, epoch ?? newestEpoch(this.#known), this.#options.verifySignature);
  }

  /**
   * The checks of a value of state, or of its absence: with the set of its header's epoch and at a height of it, or,
   * without a certificate, as of genesis. Bad bytes are a failed check.
   */
  async stateEntry(entry: GenesisStateEntry | StateEntry): Promise<Verification> {
    if (!('certificate' in entry)) return verifyGenesisStateEntry(entry, this.#options.network);
    const header = opening(() => decodeHeader(entry.header));
    const epoch = header instanceof CodecError ? undefined : await this.#find(header.epoch);
    return verifyStateEntry(entry, epoch ?? newestEpoch(this.#known), this.#options.verifySignature);
  }

  /** The six checks of a pack, which must not contradict what is known. Asks nobody. */
  pack(bytes: Uint8Array): Promise<PackVerification> {
    const { network, verifySignature } = this.#options;
    return verifyProofPack(bytes, network, verifySignature, this.#known);
  }

  /**
   * A certified header of any epoch, compared with the highest that was seen. Two certified blocks of one height are a
   * contradiction: the answer holds both certificates, which prove it to anybody, and the first one stays.
   * @throws ClientError `header-refused`, `epoch-unknown`, `epoch-refused`
   */
  async observe(headerBytes: Uint8Array, certificate: Certificate): Promise<Observation> {
    const { network, verifySignature } = this.#options;
    const header = opening(() => decodeHeader(headerBytes));
    if (header instanceof CodecError) throw headerRefused(certificate, malformed(header));
    const epoch = await this.epoch(header.epoch);
    const check = firstFailed([
      headerCheck(headerBytes, header, certificate, network),
      withinEpoch(header, epoch),
      await certifiedBySet(header, certificate, epoch, verifySignature),
    ]);
    if (!check.ok) throw headerRefused(certificate, check);
    const { highest } = this.#file;
    const observed = observeCertificate(highest === undefined ? {} : { highest }, certificate);
    if (observed.kind === 'advanced')
      this.#file = { ...this.#file, highest: certificate, highestHeader: headerBytes };
    return observed;
  }
}

/** In order from the epoch that was asked for. @throws ClientError `invalid-answer` */
function linksOf({ rows, next }: EpochsJson, from: number, gateway: string): readonly EpochLink[] {
  const isOrdered = rows.every(({ epoch, link }, index) => epoch === from + index && link !== null);
  const goesOn = next === undefined || (rows.length > 0 && next === from + rows.length);
  if (!isOrdered || !goesOn) throw invalidAnswer(gateway, `these are not the epochs from ${from} on`);
  return rows.flatMap(({ link }) => (link === null ? [] : [epochLinkOfJson(link)]));
}

const factsOf = ({ id, reason, expected, actual }: Check): Readonly<Record<string, unknown>> => ({
  check: id,
  reason,
  expected,
  actual,
});

const genesisRefused = (gateway: string, check: Check): ClientError =>
  new ClientError(
    'genesis-refused',
    'The genesis is not the one that was pinned.',
    { gateway, ...factsOf(check) },
    'Ask a gateway of your network, and compare the network id with other members.',
  );

const epochRefused = (gateway: string, epoch: number, check: Check): ClientError =>
  new ClientError(
    'epoch-refused',
    `The end of epoch ${epoch} does not hand over to what the gateway says.`,
    { gateway, epoch, ...factsOf(check) },
    'Ask another gateway, and the operator of this one why.',
  );

const epochUnknown = (epoch: number, newest: number): ClientError =>
  new ClientError(
    'epoch-unknown',
    `No hand-over to epoch ${epoch} is known.`,
    { epoch, newest },
    'Ask a gateway that is further, or doubt that there is such an epoch.',
  );

const rememberedRefused = (check: Check): ClientError =>
  new ClientError(
    'remembered-refused',
    'What was filed about the epochs does not prove itself.',
    factsOf(check),
    'Delete the file and follow the epochs from genesis again.',
  );

const headerRefused = ({ height, epoch }: Certificate, check: Check): ClientError =>
  new ClientError(
    'header-refused',
    `The validators of epoch ${epoch} did not certify this header.`,
    { height, epoch, ...factsOf(check) },
    'Do not rely on it; ask another gateway.',
  );
