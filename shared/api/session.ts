/** Signing in: a challenge, signed by the identity's key, opens a session at one gateway (docs/operations/access.md). */
import * as z from 'zod/mini';
import { base64Url, count, hex32, identityId, nodeId, timeMs } from './scalars.ts';

const originText = z
  .string()
  .check(z.regex(/^https?:\/\/[^/?#@\s]{1,255}$/, 'an origin such as http://127.0.0.1:8101'));
/** `cookie` for pages of this very gateway, `bearer` for programs and pages of another one. */
const sessionForm = z.enum(['cookie', 'bearer']);

export const challengeBodySchema = z.strictObject({
  key: hex32,
  /** The gateway's address as the asker dials it: must be one of the gateway's own. */
  origin: originText,
});
export const challengeSchema = z.object({
  /** CBOR {origin, network, node, nonce, issuedAt, expiresAt}, to be signed as it is. */
  challenge: base64Url,
});

/** Of one use: 32 random bytes. */
const codeText = z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/, '43 letters of base64url'));
export const signInBodySchema = z.union(
  [
    z.strictObject({ challenge: base64Url, key: hex32, signature: base64Url, as: sessionForm }),
    z.strictObject({ code: codeText, as: sessionForm }),
  ],
  'challenge, key and signature, or a code',
);
export type SignInBodyJson = z.infer<typeof signInBodySchema>;

export const sessionSchema = z.object({
  node: nodeId,
  identity: identityId,
  member: nodeId,
  memberName: z.string(),
  key: hex32,
  roles: z.array(z.string()),
  /** Of a reader of named streams: their names, or beginnings that end in `*`. */
  streams: z.exactOptional(z.array(z.string())),
  startedAt: timeMs,
  /** It ends then at the latest, and before if it is not used for `idleMs`. */
  expiresAt: timeMs,
  idleMs: count,
});
export type SessionJson = z.infer<typeof sessionSchema>;

/** `token` for `as: bearer` alone: sent as `Authorization: Bearer TOKEN`. */
export const signInSchema = z.extend(sessionSchema, { token: z.exactOptional(z.string()) });
export type SignInJson = z.infer<typeof signInSchema>;

export const signOutSchema = z.object({ ended: z.literal(true) });
export type SignOutJson = z.infer<typeof signOutSchema>;

export const sessionCodeSchema = z.object({ code: codeText, expiresAt: timeMs });
export type SessionCodeJson = z.infer<typeof sessionCodeSchema>;
export type ChallengeJson = z.infer<typeof challengeSchema>;
