/** `session link|show`: a link that opens the console signed in, and who one is. */
import type { Command } from 'commander';
import { apiPrefix, endpoints, sessionCodeSchema } from '../../../shared/api.ts';
import { errorOfProblem, invalidAnswer } from '../../../shared/client/client-error.ts';
import { problemOf } from '../../../shared/client/exchange.ts';
import { noun, verb } from '../command.ts';
import { connect } from '../connect.ts';
import { type CliIo, factLines, report } from '../io.ts';
import { type GatewayOptions, gatewayOption } from '../options.ts';

interface Options extends GatewayOptions {
  readonly json?: boolean;
}

export function sessionCommands(io: CliIo): Command {
  const link = verb('link', 'a link that opens the console signed in: good once, for five minutes', [
    'session link --identity beta.admin --gateway http://127.0.0.1:8102',
  ]).action((options: Options) => printLink(io, options));
  const show = verb('show', 'who signs in, with which roles', ['session show']).action((options: Options) =>
    showSession(io, options),
  );
  return noun('session', 'signing in to a gateway (docs/operations/access.md)')
    .addCommand(gatewayOption(link))
    .addCommand(gatewayOption(show));
}

async function printLink(io: CliIo, options: Options): Promise<void> {
  const client = connect(options, { rounds: 1, purpose: 'operate', oneNode: true });
  const { identity } = await client.get('session');
  const { gateway } = client;
  const response = await fetch(`${gateway}${apiPrefix}${endpoints.sessionCode.path}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${await client.token()}` },
  });
  const json: unknown = await response.json();
  if (!response.ok) throw errorOfProblem(problemOf(gateway, response.status, json));
  const given = sessionCodeSchema.safeParse(json);
  if (!given.success) throw invalidAnswer(gateway, JSON.stringify(given.error.issues[0]));
  const { code, expiresAt } = given.data;
  const url = `${gateway}/sign-in#${code}`;
  report(io, options.json ?? false, { url, identity, expiresAt }, [
    url,
    ...factLines({ identity, expires: new Date(expiresAt).toISOString() }),
  ]);
}

async function showSession(io: CliIo, options: Options): Promise<void> {
  const session = await connect(options, { rounds: 1 }).get('session');
  const { identity, member, roles, streams, node, expiresAt } = session;
  report(io, options.json ?? false, session, [
    `${identity} of ${session.memberName}, at ${node}.`,
    ...factLines({
      member,
      roles: roles.join(', '),
      ...(streams === undefined ? {} : { streams: streams.join(', ') }),
      expires: new Date(expiresAt).toISOString(),
    }),
  ]);
}
