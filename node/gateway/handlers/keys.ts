/** GET keys/plan and POST keys/rotate, for the member whose node this is. */
import { jsonOfCbor } from '../../../shared/api/json-of-ledger.ts';
import { type KeysPlanJson, type KeysRotateJson, keysRotateBodySchema } from '../../../shared/api.ts';
import { encode } from '../../../shared/codec/dag-cbor.ts';
import { toBase64Url } from '../../../shared/codec/hex.ts';
import { heightOf, type PublicKey } from '../../../shared/types/brands.ts';
import { pendingActivation } from '../../ledger/modules/activation-records.ts';
import type { RotationAnswer, RotationRequest } from '../../rotation/rotation.ts';
import { RotationError } from '../../rotation/rotation-error.ts';
import type { Answer, GatewayContext } from '../context.ts';
import { readJsonBody } from '../http/json-body.ts';
import { ProblemError } from '../http/problem-error.ts';
import type { Caller } from '../sessions/caller.ts';
import { nextSteps } from './key-steps.ts';
import { requireOwnMember } from './own-member.ts';
import { plannedKeys } from './planned-keys.ts';
import type { HandlerRequest } from './table.ts';

export function getKeysPlan(context: GatewayContext, caller: Caller): Answer<KeysPlanJson> {
  requireOwnMember(context, caller);
  const { keys, queries, self, state, wallMs } = context;
  const standings = keys.standings();
  const planned = plannedKeys(context, standings, caller.member);
  const certificates = keys.certificates().map(({ name, expiresAt }) => ({ name, expiresAt }));
  const pending = pendingActivation(state);
  const nowMs = Math.floor(wallMs());
  return {
    body: {
      node: self,
      height: queries.certifiedHeight(),
      nowMs,
      keys: [...planned],
      certificates,
      ...(pending && {
        activation: {
          number: pending.number,
          status: pending.at === undefined ? 'approved' : 'scheduled',
          deadline: pending.deadline,
          ...(pending.at !== undefined && { at: pending.at }),
          member: pending.member,
        },
      }),
      next: [...nextSteps({ self, state, keys: planned, certificates, nowMs })],
    },
  };
}

export async function rotateKey(
  context: GatewayContext,
  { contentType, body, caller }: HandlerRequest<'keysRotate'>,
): Promise<Answer<KeysRotateJson>> {
  requireOwnMember(context, caller);
  const asked = readJsonBody(keysRotateBodySchema, contentType, body);
  const { key, notBefore, ...rest } = asked;
  const request: RotationRequest = {
    ...rest,
    ...(key !== undefined && { key: key as PublicKey }),
    ...(notBefore !== undefined && { notBefore: heightOf(notBefore) }),
  };
  const answer = await context.keys.request(request).catch(refuse);
  const facts = { by: caller.identity, kind: asked.kind, key: answer.key };
  context.log.write('info', 'rotation-requested', facts);
  return { body: answerJson(answer) };
}

function answerJson(answer: RotationAnswer): KeysRotateJson {
  const { key } = answer;
  if ('transaction' in answer) return { key, transaction: answer.transaction };
  if ('underWay' in answer) return { key, underWay: answer.underWay };
  const { kind, args } = answer.action;
  return { key, action: { kind, args: toBase64Url(encode(args)), readable: jsonOfCbor(args) } };
}

/** Paths of files stay here. */
function refuse(error: unknown): never {
  if (!(error instanceof RotationError)) throw error;
  const facts = { reason: error.code, ...error.facts };
  throw new ProblemError('rotation-refused', detailOf(error), facts);
}

function detailOf({ code, facts }: RotationError): string {
  if (code === 'not-before-too-late')
    return `The old key alone may ask for at most ${facts.aheadMax} blocks ahead, up to block ${facts.latest} now; ballots may for any.`;
  if (code === 'node-key-not-timed')
    return 'A node key counts as soon as the ballots are there: it takes neither a height nor a deadline.';
  return `The key is not rotated: ${code}.`;
}
