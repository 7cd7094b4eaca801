/** Signing in and out. A signature is verified once, here; afterwards a session is looked up. */
import { randomBytes } from 'node:crypto';
import {
  type ChallengeJson,
  challengeBodySchema,
  type SessionCodeJson,
  type SessionJson,
  type SignInBodyJson,
  type SignInJson,
  type SignOutJson,
  signInBodySchema,
} from '../../../shared/api.ts';
import { fromHex, toBase64Url, toHex } from '../../../shared/codec/hex.ts';
import { encodeChallenge, signInSigningBytes } from '../../../shared/codec/sign-in.ts';
import type { Nonce, PublicKey } from '../../../shared/types/brands.ts';
import { type Identity, identityOfKey } from '../../ledger/modules/identities.ts';
import type { Answer, GatewayContext } from '../context.ts';
import { memberName } from '../governance/names.ts';
import { addressGroup } from '../http/address-group.ts';
import { originAllowed } from '../http/cross-origin.ts';
import { bytesOfBase64Url, readJsonBody } from '../http/json-body.ts';
import { ProblemError } from '../http/problem-error.ts';
import { type Caller, callerOf } from '../sessions/caller.ts';
import { sessionCookie } from '../sessions/credentials.ts';
import type { Opener } from '../sessions/sessions.ts';
import type { HandlerRequest, RequestSource } from './table.ts';

const notStored = { 'Cache-Control': 'no-store' };

export function giveChallenge(
  context: GatewayContext,
  { contentType, body, from }: HandlerRequest<'challenge'>,
): Answer<ChallengeJson> {
  const { key, origin } = readJsonBody(challengeBodySchema, contentType, body);
  requireKnownPage(context, from);
  context.origins.requireOwn(origin);
  activeIdentity(context, key);
  const issuedAt = context.wallMs();
  const { challengeMs, challengesPerAddress } = context.limits;
  const challenge = encodeChallenge({
    origin,
    network: context.network,
    node: context.self,
    nonce: toHex(randomBytes(16)) as Nonce,
    issuedAt,
    expiresAt: issuedAt + challengeMs,
  });
  if (!context.challenges.give(challenge, key, addressGroup(from.address), issuedAt)) {
    const detail = `Too many challenges of ${from.address} wait for their signature.`;
    const facts = { address: from.address, challengesMax: challengesPerAddress };
    throw new ProblemError('rate-limited', detail, facts, {
      retryAfterSeconds: 1,
    });
  }
  return { body: { challenge: toBase64Url(challenge) }, headers: notStored };
}

export async function signIn(
  context: GatewayContext,
  { contentType, body, from }: HandlerRequest<'signIn'>,
): Promise<Answer<SignInJson>> {
  const request = readJsonBody(signInBodySchema, contentType, body);
  requireKnownPage(context, from);
  if (request.as === 'cookie') context.origins.requireOwn(from.origin);
  const proven = await provenKey(context, request);
  const { id, key } = activeIdentity(context, proven.key);
  const { token, session } = context.sessions.open(id, key, context.wallMs(), proven.opener);
  const caller = callerOf(context.state, session);
  if (caller === undefined) throw refused('the identity has ended', { identity: id });
  context.log.write('info', 'signed-in', { identity: id, as: request.as, address: from.address });
  const shown = sessionJson(context, caller);
  if (request.as === 'bearer') return { body: { ...shown, token }, headers: notStored };
  return { body: shown, headers: { ...notStored, 'Set-Cookie': cookie(context, token) } };
}

interface ProvenKey {
  readonly key: PublicKey;
  /** Of a code: the session that gave it. */
  readonly opener?: Opener;
}

/** The key that signed the challenge, or that the code stands for. @throws ProblemError `sign-in-refused` */
async function provenKey(context: GatewayContext, request: SignInBodyJson): Promise<ProvenKey> {
  const nowMs = context.wallMs();
  if ('code' in request) {
    const given = context.codes.use(request.code, nowMs);
    if (given === undefined || !context.sessions.isOpen(given.opener.name, nowMs))
      throw refused('no such code is open', {});
    return given;
  }
  const challenge = bytesOfBase64Url(request.challenge, 'challenge');
  const use = context.challenges.use(challenge, request.key, nowMs);
  if (use !== 'ok') throw refused(`the challenge is ${use}`, { challenge: use });
  const message = signInSigningBytes(context.network, challenge);
  const signature = bytesOfBase64Url(request.signature, 'signature');
  if (!(await context.verifySignature(fromHex(request.key), message, signature))) {
    throw refused('the signature does not verify', { key: request.key });
  }
  return { key: request.key as PublicKey };
}

const refused = (reason: string, facts: Readonly<Record<string, unknown>>): ProblemError =>
  new ProblemError('sign-in-refused', `Not signed in: ${reason}.`, facts);

/** @throws ProblemError `unknown-sender`, `identity-not-active` */
function activeIdentity({ state }: GatewayContext, key: string): Identity {
  const identity = identityOfKey(state, key as PublicKey);
  if (identity === undefined) {
    throw new ProblemError('unknown-sender', 'No identity of this network has this key.', { sender: key });
  }
  const { id, status } = identity;
  if (status === 'active') return identity;
  throw new ProblemError('identity-not-active', `${id} is ${status}.`, { identity: id, status });
}

/** Pages of strangers cannot even try. @throws ProblemError `origin-not-allowed` */
function requireKnownPage({ gateways, origins }: GatewayContext, { origin, host }: RequestSource): void {
  if (!originAllowed(origin, host, gateways())) origins.requireOwn(origin);
}

export const getSession = (context: GatewayContext, caller: Caller): Answer<SessionJson> => ({
  body: sessionJson(context, caller),
  headers: notStored,
});

export function signOut(context: GatewayContext, caller: Caller): Answer<SignOutJson> {
  context.sessions.signOut(caller.session.name);
  return { body: { ended: true }, headers: { ...notStored, 'Set-Cookie': cookie(context, '') } };
}

export function giveCode(context: GatewayContext, { session }: Caller): Answer<SessionCodeJson> {
  return { body: context.codes.give(session, context.wallMs()), headers: notStored };
}

const cookie = ({ self, tls, sessions }: GatewayContext, token: string): string =>
  sessionCookie(token, { self, isTls: tls !== undefined, maxAgeMs: sessions.limits.lifeMs });

function sessionJson({ self, state, sessions }: GatewayContext, caller: Caller): SessionJson {
  const { identity, member, key, roles, streams, session } = caller;
  return {
    node: self,
    identity,
    member,
    memberName: memberName(state, member),
    key,
    roles: [...roles],
    ...(streams === undefined ? {} : { streams: [...streams] }),
    startedAt: session.startedAt,
    expiresAt: session.expiresAt,
    idleMs: sessions.limits.idleMs,
  };
}
