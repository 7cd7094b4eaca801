/** Real nodes on a network without chance: every frame takes a millisecond, and is lost only if the story says so. */
import { decodeMessage } from '../../../shared/codec/messages.ts';
import type { ValidatorId } from '../../../shared/types/brands.ts';
import type { ConsensusMessage } from '../../../shared/types/messages.ts';
import { defaultParameters, type NetworkParameters } from '../../../shared/types/parameters.ts';
import type { Node } from '../../runtime/node.ts';
import { decodeLinkMessage, encodeLinkMessage, type LinkMessage } from '../../runtime/wire.ts';
import { createCast } from '../cast.ts';
import { createEpochFold } from '../epoch-fold.ts';
import { createEventQueue } from '../event-queue.ts';
import { type Founding, foundNetwork } from '../founding.ts';
import { createNetwork, type NetworkPort } from '../network.ts';
import { createPrng } from '../prng.ts';
import { type Role, rosterOf } from '../roster.ts';
import { drawSettings, never, type Settings } from '../settings.ts';
import { signAppend } from '../transactions.ts';
import { createWorld } from '../world.ts';
import { createNarrator } from './narrator.ts';

/** True: it is lost. */
export type Loss = (from: ValidatorId, to: ValidatorId, message: ConsensusMessage) => boolean;

export interface Stage {
  readonly ids: readonly ValidatorId[];
  readonly founding: Founding;
  /** undefined while it is down. */
  node(id: ValidatorId): Node | undefined;
  nowMs(): number;
  /** Lets time pass. */
  run(forMs: number): void;
  /** Lets time pass until it is so; throws after ten seconds. */
  runUntil(what: string, isSo: () => boolean): void;
  /** A client hands over a transaction with one event of this name. */
  submit(to: ValidatorId, name: string): void;
  /** From now on; replaces what was lost before. */
  lose(prose: string, loss: Loss): void;
  loseNothing(prose: string): void;
  crash(id: ValidatorId): void;
  start(id: ValidatorId): void;
  height(id: ValidatorId): number;
  view(id: ValidatorId): number;
  executed(id: ValidatorId): number;
  tell(text: string): void;
  text(): string;
}

const boundMs = 10_000;
const lifeMs = 30_000;
const settlingMs = 60;
const limits = { validators: 16, window: 64, batchLimit: 1_000 };

const settings: Settings = {
  ...drawSettings(createPrng(1)),
  parameters: {
    ...defaultParameters,
    window: 8,
    batchLimit: 1,
    heartbeatMs: 200,
    primarySilenceMs: 600,
    viewTimeoutMs: 700,
    viewTimeoutMaxMs: 4_000,
    waitingTimeoutMs: 400,
    waitingPerPeer: 8,
  },
  tuning: {
    fetchTimeoutMs: 60,
    statusMs: 500,
    handOverMs: 40,
    blocksPerChunk: 4,
    batchDelayMs: 0,
    batchEnough: 1,
  },
  loss: 0,
  duplication: 0,
  delayMinMs: 1,
  delayMaxMs: 1,
  stragglers: 0,
  fsyncMaxMs: 0.2,
  cryptoIsSlow: false,
  crashEveryMs: never,
  unsyncedLost: 1,
  tornWrites: false,
  clockSkewMaxMs: 0,
  clockRateMax: 0,
};

/** @param parameters other than those of the stories */
export function setStage(
  replicas: number,
  roles: ReadonlyMap<ValidatorId, Role> = new Map(),
  parameters: Partial<NetworkParameters> = {},
): Stage {
  const queue = createEventQueue();
  const own = { ...settings, parameters: { ...settings.parameters, ...parameters } };
  const world = createWorld(queue, createPrng(1), own);
  const founding = foundNetwork(replicas, own.parameters);
  const narrator = createNarrator(() => Math.round(10 * queue.nowMs()) / 10);
  const network = createNetwork(world, founding.ids);
  let loss: Loss = () => false;
  let serial = 0;

  function send(from: ValidatorId, to: ValidatorId, frame: Uint8Array): void {
    if (!network.open(from).includes(to)) return;
    const message = decodeLinkMessage(frame, own.parameters);
    if (message.type !== 'consensus') {
      narrator.sent(from, to, message, false);
      network.send(from, to, frame);
      return;
    }
    const isLost = (bytes: Uint8Array): boolean => loss(from, to, decodeMessage(bytes, limits));
    const lost = message.messages.filter(isLost);
    const heard = message.messages.filter((bytes) => !lost.includes(bytes));
    narrator.sent(from, to, { ...message, messages: lost }, true);
    const rest: LinkMessage = { ...message, messages: heard };
    narrator.sent(from, to, rest, false);
    if (heard.length > 0 || message.certificate !== undefined)
      network.send(from, to, encodeLinkMessage(rest));
  }

  const port: NetworkPort = { ...network, send };
  const cast = createCast(world, founding, port, rosterOf(roles), createEpochFold(founding), {
    stirred: () => {},
    signing: () => {},
    lied: () => {},
    contradicted: () => {},
    pruning: () => {},
    appended: (id, block, certificate) => {
      const sealers = certificate.seals.map(({ validator }) => validator).join(' ');
      narrator.tell(`${id} appends block ${block.height}, sealed by ${sealers} (D2)`);
    },
    logged: (id, _level, code, facts) => {
      if (!roles.has(id)) narrator.noted(id, code, facts);
    },
    crashed: () => {},
    stopped: (id, code) => narrator.tell(`${id} stops: ${code}`),
  });

  function runUntil(what: string, isSo: () => boolean): void {
    const untilMs = queue.nowMs() + boundMs;
    while (!isSo()) {
      if (queue.nowMs() > untilMs || !queue.runNext())
        throw new Error(`It never came to this: ${what}\n${narrator.text()}`);
    }
  }

  function run(forMs: number): void {
    const untilMs = queue.nowMs() + forMs;
    let isOver = false;
    queue.after(forMs, () => {
      isOver = true;
    });
    runUntil(`${untilMs} ms have passed`, () => isOver);
  }

  function submit(to: ValidatorId, name: string): void {
    serial += 1;
    const nonce = serial.toString(16).padStart(32, '0');
    const expiresAtMs = queue.nowMs() + lifeMs;
    const transaction = signAppend(founding, {
      eventId: name,
      stream: 'story',
      expectedRevision: 'any',
      nonce,
      expiresAtMs,
    });
    narrator.nameTransaction(transaction.id, name);
    narrator.tell(`a client hands ${name} to ${to}`);
    cast.life(to)?.node.submit([transaction], () => {});
  }

  function start(id: ValidatorId): void {
    if (queue.nowMs() > 0) narrator.tell(`${id} starts again`);
    cast.start(id);
  }

  for (const id of founding.ids) cast.start(id);
  const consensusOf = (id: ValidatorId) => cast.life(id)?.node.status().consensus;
  runUntil('all vote', () => founding.ids.every((id) => consensusOf(id)?.mode === 'voting'));
  // The last links open, and what was said about the start is over.
  run(settlingMs);
  return {
    ids: founding.ids,
    founding,
    node: (id) => cast.life(id)?.node,
    nowMs: queue.nowMs,
    run,
    runUntil,
    submit,
    lose: (prose, rule) => {
      narrator.tell(`from now on: ${prose}`);
      loss = rule;
    },
    loseNothing: (prose) => {
      narrator.tell(`from now on: ${prose}`);
      loss = () => false;
    },
    crash: (id) => {
      narrator.tell(`${id} crashes`);
      cast.crash(id);
    },
    start,
    height: (id) => cast.life(id)?.node.status().tip.height ?? -1,
    view: (id) => consensusOf(id)?.view ?? -1,
    executed: (id) => consensusOf(id)?.executed ?? -1,
    tell: narrator.tell,
    text: narrator.text,
  };
}
