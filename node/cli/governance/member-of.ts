/** Whose a key is to be: a proof of possession names the member, so that no other one registers it. */
import type { Client } from '../../../shared/client/client.ts';
import { localError } from '../cli-error.ts';

/** Of who is signed in. */
export const ownMember = async (client: Client): Promise<string> => (await client.get('session')).member;

export const memberOfIdentity = async (client: Client, id: string): Promise<string> =>
  (await client.get('identity', { id })).member;

/** @throws CliError `unknown-validator` */
export async function memberOfValidator(client: Client, id: string): Promise<string> {
  const { validators } = await client.get('validators');
  const found = validators.find((one) => one.id === id);
  if (found !== undefined) return found.member;
  const next = 'See `concordat validator list`.';
  throw localError('unknown-validator', `${id} is no validator.`, { validator: id }, next);
}
