/** `keys plan`: how old each key is and who acts next; `keys signed`: what one signed. */
import type { Command } from 'commander';
import type { KeySignedJson, KeyStepJson, KeysPlanJson, PlannedKeyJson } from '../../../shared/api.ts';
import { countOf } from '../../runtime/diagnosis/words.ts';
import { verb } from '../command.ts';
import { connect } from '../connect.ts';
import { type CliIo, report } from '../io.ts';
import { type GatewayOptions, gatewayOption, publicKey as publicKeyOption } from '../options.ts';

interface Options extends GatewayOptions {
  readonly json?: boolean;
}

const dayMs = 24 * 3_600_000;

export function planCommand(io: CliIo): Command {
  const command = verb('plan', 'all keys and certificates with their age, and who acts next', [
    'keys plan --gateway https://alpha.example:8101',
  ]);
  return gatewayOption(command).action(async (options: Options) => {
    const plan = await connect(options, { rounds: 1, oneNode: true, purpose: 'operate' }).get('keysPlan');
    report(io, options.json ?? false, plan, planLines(plan));
  });
}

export function planLines(plan: KeysPlanJson): readonly string[] {
  const { activation, certificates, height, keys, next, node, nowMs } = plan;
  return [
    `${node}, height ${height}`,
    ...keys.map((key) => keyLine(key, nowMs)),
    ...certificates.map(
      ({ name, expiresAt }) =>
        `${name}: expires ${new Date(expiresAt).toISOString()} (${days(expiresAt - nowMs)})`,
    ),
    ...(activation === undefined
      ? []
      : [`Activation ${activation.number}: ${activation.status}, ${effectOf(activation)}`]),
    next.length === 0 ? 'Nothing is to be done.' : 'Next:',
    ...next.map((step) => `  ${step.who}: ${stepText(step)}`),
  ];
}

const effectOf = ({ at, deadline }: NonNullable<KeysPlanJson['activation']>): string =>
  at === undefined ? `lapses at ${new Date(deadline).toISOString()}` : `in force from height ${at}`;

function keyLine(
  { here, key, kind, owner, registeredAt, suspected, use }: PlannedKeyJson,
  nowMs: number,
): string {
  const age = registeredAt === undefined ? 'not registered' : `${days(nowMs - registeredAt)} old`;
  const marks = [
    ...(here === undefined ? [] : [`here: ${here}`]),
    ...(suspected === undefined ? [] : [`suspected since ${sinceText(suspected.since)}`]),
  ];
  return [kind.padEnd(9), owner.padEnd(16), use.padEnd(11), key, age, ...marks].join('  ');
}

const sinceText = (since: NonNullable<PlannedKeyJson['suspected']>['since']): string =>
  'height' in since ? `height ${since.height}` : new Date(since.time).toISOString();

const days = (ms: number): string => countOf(Math.floor(ms / dayMs), 'day');

function stepText({ certificate, height, key, subject, what }: KeyStepJson): string {
  const name = key === undefined ? '' : ` ${key.slice(0, 16)}…`;
  switch (what) {
    case 'ask-for-key':
      return `made the key${name}; nobody has decided on it: ballots for its proposal, keys rotate, or keys erase`;
    case 'announce-readiness':
      return `its node says that it holds the key${name}, by itself, once it runs`;
    case 'attest':
      return `its node reaches ${subject ?? ''} and says so, by itself`;
    case 'wait-for-height':
      return `the new key${name} signs from height ${height ?? ''}, by itself`;
    case 'replace-suspected-key':
      return `replace the suspected key${name}: concordat keys rotate --by-ballots`;
    case 'renew-certificate':
      return `renew the ${certificate ?? 'certificate'}`;
  }
}

export function signedCommand(io: CliIo): Command {
  const command = verb('signed', 'blocks and transactions that a key signed', [
    'keys signed PUBLIC_KEY',
    'keys signed PUBLIC_KEY --since 1200',
  ])
    .argument('<key>', 'public key', publicKeyOption)
    .option('--since <height|time>', 'since then (default: as the suspicion says, else all)');
  return gatewayOption(command).action(
    async (publicKey: string, { since, json = false, ...options }: Options & { readonly since?: string }) => {
      const client = connect(options);
      const rows: KeySignedJson['rows'][number][] = [];
      let from = 0;
      for (let cursor: string | undefined, isFirst = true; isFirst || cursor !== undefined; isFirst = false) {
        const place = { ...(since !== undefined && { since }), ...(cursor !== undefined && { cursor }) };
        const page = await client.get('keySigned', { publicKey, ...place });
        rows.push(...page.rows);
        from = page.from;
        cursor = page.next;
      }
      const count = `${rows.length} since height ${from}`;
      report(io, json, { key: publicKey, from, rows }, [...rows.map(rowLine), count]);
    },
  );
}

function rowLine(row: KeySignedJson['rows'][number]): string {
  const at = `${row.height}  ${new Date(row.time).toISOString()}`;
  if (row.what === 'transaction') return `${at}  ${row.transaction}  ${row.action}  ${row.status}`;
  const did = [...(row.sealed ? ['sealed'] : []), ...(row.proposed ? ['proposed'] : [])];
  return `${at}  ${row.block}  ${did.join(', ')}`;
}
