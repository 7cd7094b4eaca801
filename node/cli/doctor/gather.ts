/** Asks gateways what they know, finds the others by the nodes that they name, and reads last words nearby. */
import { existsSync } from 'node:fs';
import type { Client } from '../../../shared/client/client.ts';
import { ClientError } from '../../../shared/client/client-error.ts';
import { genesisFileOf, nodeFileOf } from '../../config/data-layout.ts';
import { readGenesis } from '../../config/genesis-file.ts';
import { readNodeConfig } from '../../config/node-yaml.ts';
import { readRunRecord } from '../../last-words.ts';
import type { Gathered, LastWords, NodeAnswer, NodeSilence } from '../../runtime/diagnosis/across.ts';
import { connect } from '../connect.ts';
import { type GatewayOptions, gatewaysOf } from '../options.ts';

export interface GatherOptions {
  /** The gateways to ask first, and who signs in there. */
  readonly options: GatewayOptions;
  /** Only these gateways. */
  readonly alone: boolean;
  readonly nowMs: number;
}

const patienceMs = 6_000;
type ClientOf = (gateway: string) => Client;
type AddressBook = readonly { readonly id: string; readonly gateway: string }[];

export async function gather({ options, alone, nowMs }: GatherOptions): Promise<Gathered> {
  const { data } = options;
  const clientOf = clientsFor(options);
  const ask = (gateway: string) => askForDiagnosis(clientOf, gateway);
  const asked = await Promise.all(gatewaysOf(options).map(ask));
  const book = await addressBookOf(clientOf, asked, data);
  const known = new Set(asked.map(({ gateway }) => plain(gateway)));
  const answered = new Set(
    asked.flatMap((one) => ('diagnosis' in one ? [one.diagnosis.node as string] : [])),
  );
  const others = alone
    ? []
    : book.filter(({ id, gateway }) => !known.has(plain(gateway)) && !answered.has(id));
  const all = [...asked, ...(await Promise.all(others.map(({ gateway }) => ask(gateway))))];
  const answers = all.filter((one): one is NodeAnswer => 'diagnosis' in one);
  const silent = all
    .filter((one): one is NodeSilence => !('diagnosis' in one))
    .map((silence) => named(silence, book));
  const lastWords = silent.flatMap(({ validator }) =>
    validator === undefined ? [] : lastWordsOf(data, validator),
  );
  const withAccounts = await withAccountsOf(clientOf, lastWords, answers);
  return { answers: await withCommonTip(clientOf, withAccounts), silent, lastWords, nowMs };
}

const plain = (gateway: string): string => gateway.replace(/\/+$/, '');

/** A node that hangs must not hang the doctor. */
function clientsFor(options: GatewayOptions): ClientOf {
  const clients = new Map<string, Client>();
  return (gateway) => {
    const manner = { rounds: 1, patienceMs, purpose: 'operate' } as const;
    const client = clients.get(gateway) ?? connect({ ...options, gateway: [gateway] }, manner);
    clients.set(gateway, client);
    return client;
  };
}

async function askForDiagnosis(clientOf: ClientOf, gateway: string): Promise<NodeAnswer | NodeSilence> {
  try {
    return { gateway, diagnosis: await clientOf(gateway).get('diagnosis') };
  } catch (error) {
    return { gateway, reason: reasonOf(error) };
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof ClientError)) throw error;
  const { reason } = error.facts;
  return typeof reason === 'string' ? reason : `${error.message} (${error.code})`;
}

/** From the first gateway that answers, else from the genesis on this machine. */
async function addressBookOf(
  clientOf: ClientOf,
  asked: readonly (NodeAnswer | NodeSilence)[],
  data: string,
): Promise<AddressBook> {
  for (const one of asked) {
    if (!('diagnosis' in one)) continue;
    const known = await clientOf(one.gateway).get('validators').catch(nothing);
    if (known !== undefined) return [...known.validators, ...(known.observers ?? []).flatMap(withGateway)];
  }
  const file = genesisFileOf(data);
  return existsSync(file) ? readGenesis(file).document.validators : [];
}

const withGateway = ({ id, gateway }: { readonly id: string; readonly gateway?: string }): AddressBook =>
  gateway === undefined ? [] : [{ id, gateway }];

/** It answered a moment ago: the next one is asked. */
const nothing = (error: unknown): undefined => {
  reasonOf(error);
  return undefined;
};

function named(silence: NodeSilence, book: AddressBook): NodeSilence {
  const entry = book.find(({ gateway }) => plain(gateway) === plain(silence.gateway));
  return entry === undefined ? silence : { ...silence, validator: entry.id };
}

/** Who stopped over a block left an account of it: the others are asked for theirs, while they remember. */
async function withAccountsOf(
  clientOf: ClientOf,
  lastWords: readonly LastWords[],
  answers: readonly NodeAnswer[],
): Promise<readonly NodeAnswer[]> {
  const height = lastWords.find(({ facts }) => facts.disputed !== undefined)?.facts.height;
  if (typeof height !== 'number') return answers;
  return Promise.all(
    answers.map(async (answer) => {
      const again = await clientOf(answer.gateway).get('diagnosis', { height }).catch(nothing);
      return again === undefined ? answer : { ...answer, diagnosis: again };
    }),
  );
}

/** The block at the highest height that all who answered serve. */
async function withCommonTip(
  clientOf: ClientOf,
  answers: readonly NodeAnswer[],
): Promise<readonly NodeAnswer[]> {
  if (answers.length === 0) return answers;
  const height = Math.min(...answers.map(({ diagnosis }) => diagnosis.height));
  return Promise.all(
    answers.map(async (answer) => {
      try {
        const block = await clientOf(answer.gateway).get('block', { heightOrHash: String(height) });
        return { ...answer, tip: { height, block: block.hash, stateRoot: block.header.state } };
      } catch (error) {
        reasonOf(error);
        return answer;
      }
    }),
  );
}

/** Nothing if the node is not one of this machine's. */
function lastWordsOf(data: string, validator: string): LastWords[] {
  const file = nodeFileOf(data, validator);
  if (!existsSync(file)) return [];
  const record = readRunRecord(readNodeConfig(file).storageDirectory);
  if (record === undefined) return [];
  const { end, startedAt, pid } = record;
  const isAlive = end === undefined && processExists(pid);
  const last = { validator, isAlive, at: end?.at ?? startedAt, facts: end?.facts ?? {} };
  return [end === undefined ? last : { ...last, code: end.code }];
}

function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
