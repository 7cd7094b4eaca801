/** Which signatures a consensus message holds (rule M1), and which of them were verified here before. */
import { heartbeatSigningBytes, sealSigningBytes, voteSigningBytes } from '../../shared/codec/messages.ts';
import { quorum } from '../../shared/protocol/quorum.ts';
import type { Epoch, NetworkId, PublicKey, Signature, ValidatorId } from '../../shared/types/brands.ts';
import type { Certificate, ValidatorSet } from '../../shared/types/ledger.ts';
import type {
  ConsensusMessage,
  HeartbeatMessage,
  PreparedCertificate,
  SealMessage,
  SignedVote,
  SlotMessage,
  ViewChangeBody,
  ViewChangeMessage,
} from '../../shared/types/messages.ts';
import type { VerificationItem } from './ports.ts';

export interface SignatureCheck {
  /** Names key, content and signature: equal names have equal answers. */
  readonly name: string;
  readonly item: () => VerificationItem;
}

/** Who signs in one epoch. */
export interface SignerSet {
  readonly network: NetworkId;
  readonly keys: ReadonlyMap<ValidatorId, PublicKey>;
}

export const signerSet = (network: NetworkId, validators: ValidatorSet): SignerSet => ({
  network,
  keys: new Map(validators.map(({ id, consensusKey }) => [id, consensusKey])),
});

/** What is signed is judged by the set of its own epoch (rule E2), nested or not. */
export interface Signers {
  setOf(epoch: Epoch): SignerSet | undefined;
}

/** undefined: the sender is no validator of its epoch. */
export function outerCheck(signers: Signers, message: ConsensusMessage): SignatureCheck | undefined {
  switch (message.kind) {
    case 'seal':
      return sealCheck(signers, message);
    case 'heartbeat':
      return heartbeatCheck(signers, message);
    default:
      return voteCheck(signers, message.vote);
  }
}

/**
 * Everything below the outer signature; undefined: a nested signer is no validator, or a certificate is malformed. One
 * key can not fill a place that is for many with what it signs itself, as often as it likes.
 */
export function nestedChecks(signers: Signers, message: ConsensusMessage): SignatureCheck[] | undefined {
  if (message.kind === 'view-change') return allOf(viewChangeBodyChecks(signers, message.body));
  if (message.kind !== 'new-view') return [];
  if (!areDistinct(message.body.viewChanges.map(({ vote }) => vote.sender))) return undefined;
  const viewChanges = message.body.viewChanges.flatMap((viewChange) => wholeViewChange(signers, viewChange));
  return allOf([...viewChanges, ...message.body.prePrepares.map((vote) => voteCheck(signers, vote))]);
}

/** undefined unless the seals are of at least Q distinct validators of the certificate's epoch. */
export function certificateChecks(signers: Signers, certificate: Certificate): SignatureCheck[] | undefined {
  const { seals, epoch, height, block } = certificate;
  const set = signers.setOf(epoch);
  const sealers = new Set(seals.map((seal) => seal.validator));
  if (set === undefined || sealers.size !== seals.length || sealers.size < quorum(set.keys.size))
    return undefined;
  return allOf(
    seals.map((seal) =>
      sealCheck(signers, { epoch, height, block, sender: seal.validator, signature: seal.signature }),
    ),
  );
}

type MaybeCheck = SignatureCheck | undefined;

function wholeViewChange(signers: Signers, message: ViewChangeMessage): MaybeCheck[] {
  return [voteCheck(signers, message.vote), ...viewChangeBodyChecks(signers, message.body)];
}

function viewChangeBodyChecks(signers: Signers, body: ViewChangeBody): MaybeCheck[] {
  const certificate =
    body.certificate === undefined ? [] : (certificateChecks(signers, body.certificate) ?? [undefined]);
  return [...certificate, ...body.prepared.flatMap((prepared) => preparedChecks(signers, prepared))];
}

function preparedChecks(signers: Signers, { prePrepare, prepares }: PreparedCertificate): MaybeCheck[] {
  const votes = [prePrepare, ...prepares];
  if (!areDistinct(votes.map(({ sender }) => sender))) return [undefined];
  return votes.map((vote) => voteCheck(signers, vote));
}

const areDistinct = (senders: readonly ValidatorId[]): boolean => new Set(senders).size === senders.length;

function allOf(checks: readonly MaybeCheck[]): SignatureCheck[] | undefined {
  const present = checks.filter((check) => check !== undefined);
  return present.length === checks.length ? present : undefined;
}

/** Of one message of a pair that conflicts (rule W1); undefined: the sender is no validator of its epoch. */
export function slotCheck(signers: Signers, message: SlotMessage): SignatureCheck | undefined {
  return message.kind === 'seal' ? sealCheck(signers, message) : voteCheck(signers, message);
}

function voteCheck(signers: Signers, vote: SignedVote): MaybeCheck {
  return checkOf(signers, vote, voteName(vote), vote.signature, (network) => voteSigningBytes(network, vote));
}

function sealCheck(signers: Signers, seal: Omit<SealMessage, 'kind'>): MaybeCheck {
  return checkOf(signers, seal, sealName(seal), seal.signature, (network) => sealSigningBytes(network, seal));
}

function heartbeatCheck(signers: Signers, heartbeat: HeartbeatMessage): MaybeCheck {
  return checkOf(signers, heartbeat, '', heartbeat.signature, (network) =>
    heartbeatSigningBytes(network, heartbeat),
  );
}

/** The key is part of the name: a schedule that is withdrawn and made anew gives an epoch other keys (rule E1). */
function checkOf(
  signers: Signers,
  { epoch, sender }: { readonly epoch: Epoch; readonly sender: ValidatorId },
  content: string,
  signature: Signature,
  bytesFor: (network: NetworkId) => Uint8Array,
): MaybeCheck {
  const set = signers.setOf(epoch);
  const key = set?.keys.get(sender);
  if (set === undefined || key === undefined) return undefined;
  const name = content === '' ? '' : `${key} ${content}`;
  return { name, item: () => ({ key, message: bytesFor(set.network), signature }) };
}

const voteName = (vote: SignedVote): string =>
  `${vote.sender} ${vote.kind} ${vote.epoch} ${vote.view} ${vote.sequence} ${vote.content} ${unitsOf(vote.signature)}`;

const sealName = (seal: Omit<SealMessage, 'kind'>): string =>
  `${seal.sender} seal ${seal.epoch} ${seal.height} ${seal.block} ${unitsOf(seal.signature)}`;

/** A unit of text for each byte: for a name that nobody reads, in half the time and room of hex. */
const unitsOf = (signature: Signature): string =>
  String.fromCharCode.apply(null, signature as unknown as number[]);

/** Names of signatures that were verified, so that each is verified once per node. The oldest leave first. */
export interface SignatureCache {
  has(name: string): boolean;
  remember(name: string): void;
  /** A larger set, or a wider window: it never shrinks. */
  resize(countMax: number): void;
}

export function createSignatureCache(countAtStart: number): SignatureCache {
  let countMax = countAtStart;
  const names = new Set<string>();
  function remember(name: string): void {
    if (name === '') return;
    names.add(name);
    if (names.size <= countMax) return;
    const oldest = names.values().next().value;
    if (oldest !== undefined) names.delete(oldest);
  }
  return {
    has: (name) => names.has(name),
    remember,
    resize: (count) => {
      countMax = Math.max(countMax, count);
    },
  };
}
