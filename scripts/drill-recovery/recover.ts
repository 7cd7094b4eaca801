/** The way back, step by step as docs/operations/lost-quorum.md has it, each step by the one whose it is. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import type { Consortium } from './consortium.ts';

export interface Recovered {
  /** Digest that the members compare. */
  readonly recovery: string;
  readonly base: number;
  readonly height: number;
  readonly epoch: number;
  readonly bundle: string;
}

/** On a machine whose node is stopped: its statement, which is handed over. */
export async function makeStatement(
  consortium: Consortium,
  id: string,
  ...wishes: readonly string[]
): Promise<string> {
  const { nodeFile } = consortium.machines.get(id)!;
  const file = consortium.fileOf(`${id}.statement`);
  await consortium.command(
    ...['network', 'recover', 'state', nodeFile, '--stop-voting', '--out', file, ...wishes],
  );
  return file;
}

/** A member whose machine is gone sets up a new one, which makes its statement, too. */
export async function joinAs(consortium: Consortium, id: string, member: string): Promise<string> {
  const { address, gateway } = await consortium.newMachine(id);
  const wishes = ['--member', member, '--address', address, '--gateway', gateway];
  return makeStatement(consortium, id, ...wishes);
}

export interface PlanOf {
  readonly statements: readonly string[];
  readonly validators: readonly string[];
  readonly reason: string;
  readonly signers: readonly string[];
}

/** Plan, signatures of admins each with its own key, certificate. */
export async function makeBundle(
  consortium: Consortium,
  { statements, validators, reason, signers }: PlanOf,
): Promise<Recovered> {
  const { network } = consortium;
  const plan = consortium.fileOf('recovery.plan');
  const planned = await consortium.command<Omit<Recovered, 'bundle'>>(
    ...['network', 'recover', 'plan', ...statements, '--network', network],
    ...validators.flatMap((id) => ['--validator', id]),
    ...['--reason', reason, '--out', plan],
  );
  const signatures = await Promise.all(
    signers.map((member) => sign(consortium, plan, member, planned.recovery)),
  );
  const bundle = consortium.fileOf('recovery.bundle');
  await consortium.command(
    ...['network', 'recover', 'combine', plan, ...signatures, '--network', network, '--out', bundle],
  );
  return { ...planned, bundle };
}

async function sign(consortium: Consortium, plan: string, member: string, recovery: string): Promise<string> {
  const desk = consortium.adminOf(member);
  // Each admin signs the copy that was sent to it.
  cpSync(plan, join(desk, 'recovery.plan'));
  const signature = join(desk, `${member}.signature`);
  await consortium.command(
    ...['network', 'recover', 'sign', join(desk, 'recovery.plan'), '--network', consortium.network],
    ...['--recovery', recovery, '--identity', `${member}.admin`],
    ...['--key', join(desk, `identity_${member}.admin.age`)],
    ...['--passphrase-file', join(desk, 'example-passphrase'), '--out', signature],
  );
  return signature;
}

export async function accept(
  consortium: Consortium,
  id: string,
  { bundle, recovery }: Recovered,
): Promise<void> {
  const { nodeFile } = consortium.machines.get(id)!;
  await consortium.command('network', 'recover', 'accept', nodeFile, bundle, '--recovery', recovery);
}
