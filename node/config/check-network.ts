/** What a network of these values tolerates, and what its founders may want to think about. */
import { faultsTolerated, quorum } from '../../shared/protocol/quorum.ts';
import { countOf } from '../runtime/diagnosis/words.ts';
import { type NetworkDescription, readNetwork } from './network-yaml.ts';

export interface NetworkCheck {
  readonly description: NetworkDescription;
  /** Validators. */
  readonly n: number;
  /** Liars or losses that it survives. */
  readonly f: number;
  /** Quorum. */
  readonly q: number;
  readonly warnings: readonly { readonly code: string; readonly text: string }[];
}

/** @throws ConfigError */
export function checkNetwork(file: string): NetworkCheck {
  const description = readNetwork(file);
  const n = description.validators.length;
  const f = faultsTolerated(n);
  return { description, n, f, q: quorum(n), warnings: warningsOf(description, n, f) };
}

function warningsOf(
  { validators, members, identities, parameters }: NetworkDescription,
  n: number,
  f: number,
): NetworkCheck['warnings'] {
  const perMember = members.map(({ id, name }) => ({
    name,
    votes: validators.filter(({ member }) => member === id).length,
    admins: identities.filter(({ member, roles }) => member === id && roles.includes('admin')).length,
  }));
  const keyless = {
    validators: validators.filter(
      ({ consensusKey, nodeKey }) => consensusKey === undefined || nodeKey === undefined,
    ).length,
    identities: identities.filter(({ key }) => key === undefined).length,
  };
  return [
    ...when(
      n < 4,
      'no-fault-tolerated',
      `${countOf(n, 'validator')} ${n === 1 ? 'tolerates' : 'tolerate'} no fault: for development only`,
    ),
    ...when(
      n >= 4 && (n - 1) % 3 !== 0,
      'idle-validators',
      `${countOf(n, 'validator')} tolerate ${countOf(f, 'fault')}, as ${3 * f + 1} do`,
    ),
    ...perMember.flatMap(({ name, votes, admins }) => [
      ...when(
        votes > Math.max(f, 1),
        'member-too-strong',
        `${name} runs ${countOf(votes, 'validator')}, more than f = ${f}`,
      ),
      ...when(
        votes > 0 && admins === 0,
        'member-without-admin',
        `${name} has no admin: nobody can vote for it`,
      ),
    ]),
    ...when(
      !identities.some(({ roles }) => roles.includes('submitter')),
      'no-submitter',
      'no identity may submit records',
    ),
    ...when(
      keyless.validators + keyless.identities > 0,
      'keys-made-here',
      `no public key stands here of ${countOf(keyless.validators, 'validator')} and ${countOf(keyless.identities, 'identity', 'identities')}: all their private keys would be made on this machine`,
    ),
    ...when(
      parameters.primarySilenceMs < 2 * parameters.heartbeatMs,
      'hasty-suspicion',
      'primary_silence_ms below two heartbeats suspects honest primaries',
    ),
    ...when(
      parameters.viewTimeoutMaxMs < parameters.viewTimeoutMs,
      'timeout-cap-too-low',
      'view_timeout_max_ms is below view_timeout_ms',
    ),
  ];
}

const when = (holds: boolean, code: string, text: string): NetworkCheck['warnings'] =>
  holds ? [{ code, text }] : [];
