/** Admins of the test consortium act, propose and vote, one transaction a block, and ask the gateway about it. */
import { governedArgsOfJson, jsonOfGovernedArgs } from '../../../shared/api/governed-args.ts';
import { apiPrefix, type GovernedActionJson } from '../../../shared/api.ts';
import { fromHex } from '../../../shared/codec/hex.ts';
import type { RegisteredKeyKind } from '../../../shared/codec/key-possession.ts';
import { decodeEnvelope } from '../../../shared/codec/ledger.ts';
import type { CborValue } from '../../../shared/types/ledger.ts';
import {
  keyOfRole,
  leaver,
  possessionOf,
  type TestKey,
  testEnvelope,
  testGenesis,
  testKey,
} from './consortium.ts';
import { MemoryLedger } from './memory-ledger.ts';
import { MemoryNode } from './memory-node.ts';
import { type StartedGateway, startTestGateway } from './started-gateway.ts';

/** South's admin is the one who asks; north's is `leaver`. */
export const south = keyOfRole.admin;
export const north = leaver;

export interface Governing {
  readonly gateway: StartedGateway;
  /** The transaction's id; it runs in a block of its own. */
  act(key: TestKey, action: string, args: CborValue): string;
  /** By south. */
  propose(actions: readonly GovernedActionJson[], lifetimeMs?: number): string;
  vote(key: TestKey, proposal: number): string;
  /** JSON of an answer to south's admin. */
  get(path: string): Promise<unknown>;
  newKey(number: number, kind: RegisteredKeyKind, owner: string): { key: Uint8Array; possession: Uint8Array };
  /** Another validator of north, its keys numbered from `first` on. */
  join(id: string, first: number): GovernedActionJson;
}

export const suspend = (member: string): GovernedActionJson => ({
  kind: 'members.suspend',
  args: { member },
});
export const grant = (identity: string, role: string): GovernedActionJson => ({
  kind: 'identities.grant',
  args: { identity, role },
});
export const set = (values: object): GovernedActionJson => ({
  kind: 'parameters.set',
  args: { set: values },
});
export const remove = (id: string): GovernedActionJson => ({ kind: 'validators.remove', args: { id } });

/** The gateway's clock is block time. @param protocol of the genesis; 1 if absent */
export async function startGoverning(protocol?: number): Promise<Governing> {
  let clock: (() => number) | undefined;
  const document = protocol === undefined ? testGenesis : { ...testGenesis, protocol };
  const gateway = await startTestGateway({
    wallMs: () => clock?.() ?? 0,
    node: new MemoryNode(new MemoryLedger(document)),
  });
  const { node, ledger } = gateway;
  clock = () => node.nowMs;
  const { network } = ledger;

  function act(key: TestKey, action: string, args: CborValue): string {
    const expiresAt = node.nowMs + 300_000;
    const transaction = decodeEnvelope(testEnvelope({ network, action, args, key, expiresAt }));
    node.pool.set(transaction.id, transaction);
    node.certify();
    return transaction.id;
  }
  const newKey: Governing['newKey'] = (number, kind, owner) => {
    const key = testKey(number);
    return { key: fromHex(key.publicKey), possession: possessionOf(network, key, kind, owner) };
  };

  return {
    gateway,
    act,
    propose: (actions, lifetimeMs = 600_000) =>
      act(south, 'governance.propose', {
        actions: actions.map(({ kind, args }) => ({ kind, args: governedArgsOfJson(args) })),
        reason: 'for a test',
        expiresAt: node.nowMs + lifetimeMs,
      }),
    vote: (key, proposal) => act(key, 'governance.vote', { proposal, approve: true }),
    get: async (path) => (await gateway.ask(`${apiPrefix}${path}`)).json(),
    newKey,
    join(id, first) {
      const [consensus, own] = [newKey(first, 'consensus', id), newKey(first + 1, 'node', id)];
      const args = {
        id,
        member: 'north',
        consensusKey: consensus.key,
        nodeKey: own.key,
        address: `wss://127.0.0.1:${7200 + first}`,
        gateway: `http://127.0.0.1:${8200 + first}`,
        incarnation: new Uint8Array(16).fill(first),
        possession: { consensus: consensus.possession, node: own.possession },
      };
      return { kind: 'validators.add', args: jsonOfGovernedArgs(args) };
    },
  };
}
