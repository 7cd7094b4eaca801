/** Which signatures a consensus message holds (rule M1), and which of them were verified here before. */
import { heartbeatSigningBytes, sealSigningBytes, voteSigningBytes } from '../../shared/codec/messages.ts';
import { quorum } from '../../shared/protocol/quorum.ts';
import type { NetworkId, PublicKey, Signature, ValidatorId } from '../../shared/types/brands.ts';
import type { Certificate } from '../../shared/types/ledger.ts';
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

export interface SignerSet {
  readonly network: NetworkId;
  readonly keys: ReadonlyMap<ValidatorId, PublicKey>;
}

/** undefined: the sender is no validator. */
export function outerCheck(set: SignerSet, message: ConsensusMessage): SignatureCheck | undefined {
  switch (message.kind) {
    case 'seal':
      return sealCheck(set, message);
    case 'heartbeat':
      return heartbeatCheck(set, message);
    default:
      return voteCheck(set, message.vote);
  }
}

/** Everything below the outer signature; undefined: a nested signer is no validator, or a certificate is malformed. */
export function nestedChecks(set: SignerSet, message: ConsensusMessage): SignatureCheck[] | undefined {
  if (message.kind === 'view-change') return allOf(viewChangeBodyChecks(set, message.body));
  if (message.kind !== 'new-view') return [];
  const viewChanges = message.body.viewChanges.flatMap((viewChange) => wholeViewChange(set, viewChange));
  return allOf([...viewChanges, ...message.body.prePrepares.map((vote) => voteCheck(set, vote))]);
}

/** undefined unless the seals are of at least Q distinct validators. */
export function certificateChecks(set: SignerSet, certificate: Certificate): SignatureCheck[] | undefined {
  const { seals, epoch, height, block } = certificate;
  const signers = new Set(seals.map((seal) => seal.validator));
  if (signers.size !== seals.length || signers.size < quorum(set.keys.size)) return undefined;
  return allOf(
    seals.map((seal) =>
      sealCheck(set, { epoch, height, block, sender: seal.validator, signature: seal.signature }),
    ),
  );
}

type MaybeCheck = SignatureCheck | undefined;

function wholeViewChange(set: SignerSet, message: ViewChangeMessage): MaybeCheck[] {
  return [voteCheck(set, message.vote), ...viewChangeBodyChecks(set, message.body)];
}

function viewChangeBodyChecks(set: SignerSet, body: ViewChangeBody): MaybeCheck[] {
  const certificate =
    body.certificate === undefined ? [] : (certificateChecks(set, body.certificate) ?? [undefined]);
  return [...certificate, ...body.prepared.flatMap((prepared) => preparedChecks(set, prepared))];
}

function preparedChecks(set: SignerSet, prepared: PreparedCertificate): MaybeCheck[] {
  return [prepared.prePrepare, ...prepared.prepares].map((vote) => voteCheck(set, vote));
}

function allOf(checks: readonly MaybeCheck[]): SignatureCheck[] | undefined {
  const present = checks.filter((check) => check !== undefined);
  return present.length === checks.length ? present : undefined;
}

/** Of one message of a pair that conflicts (rule W1); undefined: the sender is no validator. */
export function slotCheck(set: SignerSet, message: SlotMessage): SignatureCheck | undefined {
  return message.kind === 'seal' ? sealCheck(set, message) : voteCheck(set, message);
}

function voteCheck(set: SignerSet, vote: SignedVote): MaybeCheck {
  return checkOf(set, vote.sender, voteName(vote), vote.signature, () => voteSigningBytes(set.network, vote));
}

function sealCheck(set: SignerSet, seal: Omit<SealMessage, 'kind'>): MaybeCheck {
  return checkOf(set, seal.sender, sealName(seal), seal.signature, () => sealSigningBytes(set.network, seal));
}

function heartbeatCheck(set: SignerSet, heartbeat: HeartbeatMessage): MaybeCheck {
  return checkOf(set, heartbeat.sender, '', heartbeat.signature, () =>
    heartbeatSigningBytes(set.network, heartbeat),
  );
}

function checkOf(
  set: SignerSet,
  sender: ValidatorId,
  name: string,
  signature: Signature,
  message: () => Uint8Array,
): MaybeCheck {
  const key = set.keys.get(sender);
  return key && { name, item: () => ({ key, message: message(), signature }) };
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
  /** What we signed ourselves comes back nested in others' messages. */
  rememberOwn(message: ConsensusMessage): void;
}

export function createSignatureCache(countMax: number): SignatureCache {
  const names = new Set<string>();
  function remember(name: string): void {
    if (name === '') return;
    names.add(name);
    if (names.size <= countMax) return;
    const oldest = names.values().next().value;
    if (oldest !== undefined) names.delete(oldest);
  }
  function rememberOwn(message: ConsensusMessage): void {
    if (message.kind === 'seal') remember(sealName(message));
    else if (message.kind !== 'heartbeat') remember(voteName(message.vote));
  }
  return { has: (name) => names.has(name), remember, rememberOwn };
}
