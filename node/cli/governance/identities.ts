/** Identities as the command line lists them. */
import type { IdentityRowJson } from '../../../shared/api.ts';
import type { Client } from '../../../shared/client/client.ts';

const pageRows = 500;

/** Of one member, or of all. */
export async function identitiesOf(client: Client, member?: string): Promise<readonly IdentityRowJson[]> {
  const found: IdentityRowJson[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.get('identities', {
      limit: pageRows,
      ...(member === undefined ? {} : { member }),
      ...(cursor === undefined ? {} : { cursor }),
    });
    found.push(...page.identities);
    cursor = page.next;
  } while (cursor !== undefined);
  return found;
}

export function identityLine({ id, member, status, roles, streams, key }: IdentityRowJson): string {
  const reads = streams === undefined ? '' : ` (${streams.join(', ')})`;
  return `  ${id}  ${member}  ${status}  ${roles.join(', ') || 'no role'}${reads}  ${key}`;
}
