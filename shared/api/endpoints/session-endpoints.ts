/** Who asks: opening and ending a session. */
import * as session from '../session.ts';
import { type Endpoint, nothing } from './endpoint.ts';

export const sessionEndpoints = {
  challenge: {
    method: 'post',
    path: '/session/challenge',
    summary: 'What an identity signs to open a session here',
    params: nothing,
    query: nothing,
    body: session.challengeBodySchema,
    response: session.challengeSchema,
  },
  signIn: {
    method: 'post',
    path: '/session',
    summary: 'Open a session with a signed challenge, or with a code of one use',
    params: nothing,
    query: nothing,
    body: session.signInBodySchema,
    response: session.signInSchema,
  },
  session: {
    method: 'get',
    path: '/session',
    summary: 'Who is signed in',
    params: nothing,
    query: nothing,
    response: session.sessionSchema,
  },
  signOut: {
    method: 'delete',
    path: '/session',
    summary: 'End this session',
    params: nothing,
    query: nothing,
    response: session.signOutSchema,
  },
  sessionCode: {
    method: 'post',
    path: '/session/code',
    summary: 'A code of one use that opens another session of the same identity here',
    params: nothing,
    query: nothing,
    response: session.sessionCodeSchema,
  },
} as const satisfies Record<string, Endpoint>;
