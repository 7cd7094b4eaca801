/** Everything that can be wrong with configuration, by name. */
export interface ConfigProblem {
  /** Such as `validators[2].member`; empty for the whole file. */
  readonly path: string;
  /** Line of the file, from 1; absent if the value is not in the file. */
  readonly line?: number;
  readonly found: string;
  readonly expected: string;
}

export type ConfigErrorCode =
  | 'config-file-missing'
  | 'config-not-yaml'
  | 'config-invalid'
  | 'network-changed'
  | 'genesis-missing'
  | 'genesis-damaged'
  | 'founded-by-older-version'
  | 'keys-incomplete'
  | 'description-incomplete'
  | 'description-of-others'
  | 'passphrase-missing'
  | 'validator-unknown'
  | 'gateway-needs-tls';

export interface ConfigFacts {
  readonly file: string;
  readonly problems?: readonly ConfigProblem[];
  readonly reason?: string;
}

const headlines: { readonly [code in ConfigErrorCode]: string } = {
  'config-file-missing': 'A configuration file is missing',
  'config-not-yaml': 'A configuration file is not YAML',
  'config-invalid': 'A configuration file says something that is not possible',
  'network-changed': 'The network was founded with other values than this file has now',
  'genesis-missing': 'There is no genesis',
  'genesis-damaged': 'The genesis cannot be read',
  'founded-by-older-version': 'The network was founded by an older version of this software',
  'keys-incomplete': 'Keys of a network that was founded are missing',
  'description-incomplete': 'The description leaves open what every member must found with alike',
  'description-of-others': 'The description names other keys for this member than it made here',
  'passphrase-missing': 'The passphrase of the key files cannot be read',
  'validator-unknown': 'The genesis has no such validator',
  'gateway-needs-tls': 'A gateway beyond loopback needs TLS',
};

const nextSteps: { readonly [code in ConfigErrorCode]: string } = {
  'config-file-missing': 'Check the path; `concordat network init` writes the local files.',
  'config-not-yaml': 'Correct the file at the line that is named.',
  'config-invalid': 'Correct the values that are listed.',
  'network-changed':
    'Put the old values back, or found a new network in another data directory (`npm start -- --reset` does so for the example).',
  'genesis-missing': 'Run `concordat network init`, or copy the genesis of the network you want to join.',
  'genesis-damaged': 'Copy the genesis again from another member and compare the network id.',
  'founded-by-older-version':
    'Go on with the version that founded it, or found a new network in another data directory: this version does not continue it (`npm start -- --reset` does so for the example).',
  'keys-incomplete':
    'Bring the key files back from your backup; a key of a running network is not made again.',
  'description-incomplete':
    'Ask the members for their parts (`concordat network prepare`), and put them together with `concordat network assemble`.',
  'description-of-others':
    'Do not found with it. Ask who put it together, and compare with the part that you sent.',
  'passphrase-missing':
    'Name a file that the user of this process may read (`passphrase_file`, `--passphrase-file`), set CONCORDAT_PASSPHRASE, or start it on a terminal, where it is asked for.',
  'validator-unknown': 'Check `validator` in node.yaml against the validators of the genesis.',
  'gateway-needs-tls': 'Give a certificate and key under `gateway.tls`, or listen on 127.0.0.1.',
};

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code: ConfigErrorCode;
  readonly facts: ConfigFacts;

  constructor(code: ConfigErrorCode, facts: ConfigFacts) {
    super(describe(code, facts));
    this.code = code;
    this.facts = facts;
  }
}

/** Headline, facts, next step: what people read on a terminal. */
function describe(code: ConfigErrorCode, { file, problems = [], reason }: ConfigFacts): string {
  const lines = problems.map(({ path, line, found, expected }) => {
    const place = line === undefined ? '' : ` (line ${line})`;
    return `  ${path || 'the file'}${place}: found ${found}, expected ${expected}`;
  });
  const facts = [`  ${file}`, ...(reason === undefined ? [] : [`  ${reason}`]), ...lines];
  return [`${headlines[code]} [${code}]`, ...facts, nextSteps[code]].join('\n');
}
