/** Who decides an action, and which form its arguments have, by (protocol version, action). */
import type { ActionForm, LedgerModule } from './types.ts';

export interface ActionRules {
  readonly form: ActionForm;
  readonly decide: LedgerModule['decide'];
  readonly senders?: 'validators';
}

export type RulesOf = (protocol: number, action: string) => ActionRules | undefined;

/** One table for each version from 1 to `newest`: what a version does not change is as in the one before. */
export function actionRules(modules: readonly LedgerModule[], newest: number): RulesOf {
  const tables = [new Map<string, ActionRules>()];
  for (let protocol = 1; protocol <= newest; protocol += 1) {
    const table = new Map(tables[protocol - 1]);
    for (const module of modules) addRules(table, module, protocol);
    tables.push(table);
  }
  return (protocol, action) => tables[protocol]?.get(action);
}

function addRules(table: Map<string, ActionRules>, module: LedgerModule, protocol: number): void {
  const own = { decide: module.decide, ...(module.senders && { senders: module.senders }) };
  if (protocol === 1)
    for (const [action, form] of Object.entries(module.actions)) table.set(action, { ...own, form });
  for (const { since, actions, decide } of module.revisions ?? []) {
    if (since !== protocol) continue;
    for (const [action, form] of Object.entries(actions))
      table.set(action, { ...own, ...table.get(action), ...(decide && { decide }), form });
  }
}
