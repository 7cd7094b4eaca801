/** Four real validator processes for tests, from the build in `dist`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type SignedIn, signedInAs } from '../../scripts/lib/signed-in.ts';
import { createExample, type StartedValidator } from './example.ts';

export interface RunningNetwork {
  /** Network id. */
  readonly id: string;
  /** Origin of the first validator's gateway, which also serves the console. */
  readonly base: string;
  readonly validators: readonly StartedValidator[];
  /** The example's data directory. */
  readonly data: string;
  /** An age file of the example, such as `identity_alpha.submitter`. */
  keyFile(name: string): string;
  readonly passphrase: string;
  /** Asks gateways as the admin of the first member. */
  readonly session: SignedIn;
  stop(): Promise<void>;
}

/** @param change of its description, as in `createExample` */
export async function startNetwork(change?: (yaml: string) => string): Promise<RunningNetwork> {
  const example = await createExample(change);
  const ready = await example.run().next('ready');
  const validators = ready.validators as readonly StartedValidator[];
  const passphrase = readFileSync(join(example.data, 'example-passphrase'), 'utf8')
    .split('\n')
    .find((line) => line !== '' && !line.startsWith('#'));
  const [first] = validators;
  if (first === undefined || passphrase === undefined) throw new Error('the example has validators and keys');
  return {
    id: String(ready.network),
    base: first.gateway,
    validators,
    data: example.data,
    keyFile: (name) => join(example.data, 'keys', `${name}.age`),
    passphrase,
    session: signedInAs(example.data, 'alpha.admin'),
    stop: () => example.cleanUp(),
  };
}
