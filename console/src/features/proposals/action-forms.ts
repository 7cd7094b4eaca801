/** Fields of the common actions, and from what was typed to the action, or what is wrong with it. */
import type { GovernedActionJson } from '../../../../shared/api.ts';
import { type ActionKind, actionKinds } from '../../../../shared/types/governance.ts';
import { roles } from '../../../../shared/types/ledger.ts';
import { parameterNames } from '../../../../shared/types/parameters.ts';

export interface Field {
  /** Place in the arguments, such as `admin.key`. */
  readonly path: string;
  readonly label: string;
  readonly form: 'text' | 'number' | 'share' | 'list';
  readonly hint?: string;
  readonly optional?: true;
  /** Words to choose among; `members`, `identities` and `validators` are those of the network. */
  readonly among?: readonly string[] | 'members' | 'identities' | 'validators';
}

const keyHint = '64 hex digits';
const proofHint = 'From who holds the key: concordat keys prove';
const proof = (path: string, label = 'Proof of possession'): Field => ({
  path,
  label,
  form: 'text',
  hint: proofHint,
});
const key = (path: string, label: string): Field => ({ path, label, form: 'text', hint: keyHint });
const member: Field = { path: 'member', label: 'Member', form: 'text', among: 'members' };
const identity: Field = { path: 'identity', label: 'Identity', form: 'text', among: 'identities' };
const role: Field = { path: 'role', label: 'Role', form: 'text', among: roles };
const validator: Field = { path: 'id', label: 'Validator', form: 'text', among: 'validators' };
const notBefore: Field = {
  path: 'notBefore',
  label: 'Not before height',
  form: 'number',
  optional: true,
  hint: 'The next epoch begins no earlier; empty for as soon as it can.',
};

/** In the order in which they are offered; every other kind is written as it is. */
export const actionForms: { readonly [kind in ActionKind]?: readonly Field[] } = {
  'identities.grant': [
    identity,
    role,
    {
      path: 'streams',
      label: 'Streams',
      form: 'list',
      optional: true,
      hint: 'Of a reader: names, or beginnings that end in *, with commas between.',
    },
  ],
  'identities.revoke-role': [identity, role],
  'identities.replace-key': [identity, key('key', 'New key'), proof('possession')],
  'members.add': [
    { path: 'id', label: 'Member id', form: 'text', hint: 'Such as echo' },
    { path: 'name', label: 'Name', form: 'text', hint: 'Such as Echo Bank' },
    { path: 'admin.id', label: 'Its first admin', form: 'text', hint: 'Such as echo.admin' },
    key('admin.key', 'The admin’s key'),
    proof('admin.possession'),
  ],
  'members.suspend': [member],
  'members.restore': [member],
  'members.remove': [member],
  'validators.add': [
    { path: 'id', label: 'Validator id', form: 'text', hint: 'Such as echo' },
    member,
    key('consensusKey', 'Consensus key'),
    proof('possession.consensus', 'Proof of the consensus key'),
    key('nodeKey', 'Node key'),
    proof('possession.node', 'Proof of the node key'),
    { path: 'address', label: 'Address', form: 'text', hint: 'Of its links: wss://host:port' },
    { path: 'gateway', label: 'Gateway', form: 'text', hint: 'Such as https://host:port' },
    { path: 'incarnation', label: 'Incarnation', form: 'text', hint: '32 hex digits: its vote store' },
    notBefore,
  ],
  'validators.remove': [validator, notBefore],
  'validators.replace-consensus-key': [validator, key('key', 'New key'), proof('possession'), notBefore],
  'parameters.set': [
    ...parameterNames.map(
      (name): Field => ({ path: `set.${name}`, label: name, form: 'number', optional: true }),
    ),
    notBefore,
  ],
  'thresholds.set': [
    { path: 'kind', label: 'Action', form: 'text', among: actionKinds },
    {
      path: 'more',
      label: 'More than',
      form: 'share',
      hint: 'A part of the members below 1, such as 1/2 or 2/3. What changes who has a ballot, or who seals, follows thresholds.set.',
    },
  ],
  'protocol.raise': [{ path: 'version', label: 'Version', form: 'number' }, notBefore],
  'activation.withdraw': [
    { path: 'activation', label: 'Activation', form: 'number', hint: 'Its number' },
    { path: 'reason', label: 'Reason', form: 'text' },
  ],
};

export const formKinds = Object.keys(actionForms) as readonly ActionKind[];

export type Typed = { readonly [path: string]: string };
export type ActionResult =
  | { readonly ok: true; readonly action: GovernedActionJson }
  | { readonly ok: false; readonly problems: Typed };

interface Args {
  [name: string]: unknown;
}

export function actionOf(kind: ActionKind, typed: Typed): ActionResult {
  const args: Args = {};
  const problems: { [path: string]: string } = {};
  for (const field of actionForms[kind] ?? []) {
    const text = (typed[field.path] ?? '').trim();
    if (text === '') {
      if (!field.optional) problems[field.path] = `${field.label} is missing.`;
      continue;
    }
    const value = typedValue(field, text);
    if (value === undefined) problems[field.path] = wrong[field.form];
    else place(args, field.path.split('.'), value);
  }
  const isEmpty = kind === 'parameters.set' && args.set === undefined;
  if (isEmpty && Object.keys(problems).length === 0)
    problems[`set.${parameterNames[0]}`] = 'Set at least one parameter.';
  return Object.keys(problems).length > 0 ? { ok: false, problems } : { ok: true, action: { kind, args } };
}

const wrong: { readonly [form in Field['form']]: string } = {
  text: 'This is not text.',
  number: 'A whole number from 0.',
  share: 'A part below 1, such as 2/3.',
  list: 'Names with commas between.',
};

function typedValue({ form }: Field, text: string): unknown {
  switch (form) {
    case 'text':
      return text.normalize('NFC');
    case 'number':
      return /^(0|[1-9][0-9]{0,14})$/.test(text) ? Number(text) : undefined;
    case 'share':
      return shareOf(text);
    case 'list':
      return text.split(',').map((one) => one.trim().normalize('NFC'));
  }
}

function shareOf(text: string): readonly [number, number] | undefined {
  const [, part, of] = /^([0-9]{1,4})\s*\/\s*([0-9]{1,4})$/.exec(text) ?? [];
  return Number(part) < Number(of) ? [Number(part), Number(of)] : undefined;
}

function place(args: Args, [first, ...rest]: readonly string[], value: unknown): void {
  if (first === undefined) return;
  if (rest.length === 0) args[first] = value;
  else {
    args[first] ??= {};
    place(args[first] as Args, rest, value);
  }
}

/** A list of actions, or the file that the command line prints; the gateway names what is wrong inside. */
export function rawActions(text: string): readonly GovernedActionJson[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const list = isMap(value) && Array.isArray(value.actions) ? value.actions : value;
  const actions: readonly unknown[] = Array.isArray(list) ? list : [list];
  return actions.length > 0 && actions.every(isAction) ? actions : undefined;
}

const isMap = (value: unknown): value is Args =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isAction = (value: unknown): value is GovernedActionJson =>
  isMap(value) && actionKinds.some((kind) => kind === value.kind) && isMap(value.args);
