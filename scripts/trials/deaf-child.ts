/**
 * The process of a validator whose incoming links lose view changes: the product's own node, which hears neither
 * VIEW-CHANGE nor NEW-VIEW. `deaf-child.js NODE_YAML`. For trials on networks of their own.
 */
import { readMembership } from '../../node/ledger/modules/epochs.ts';
import { runNodeProcess } from '../../node/main.ts';
import { createNode } from '../../node/runtime/node.ts';
import { decodeLinkMessage, encodeLinkMessage } from '../../node/runtime/wire.ts';
import { decodeMessage } from '../../shared/codec/messages.ts';

const lost: ReadonlySet<string> = new Set(['view-change', 'new-view']);

const createDeaf: typeof createNode = (config, ports) => {
  const node = createNode(config, ports);
  const { parameters, validators } = readMembership(ports.state);
  const limits = {
    validators: validators.length,
    window: parameters.window,
    batchLimit: parameters.batchLimit,
  };
  return {
    ...node,
    received(from, frame) {
      const message = decodeLinkMessage(frame, parameters);
      if (message.type !== 'consensus') return node.received(from, frame);
      const messages = message.messages.filter((bytes) => !lost.has(decodeMessage(bytes, limits).kind));
      return node.received(from, encodeLinkMessage({ ...message, messages }));
    },
  };
};

const [nodeFile] = process.argv.slice(2);
if (nodeFile === undefined) {
  process.stderr.write('usage: deaf-child.js NODE_YAML\n');
  process.exit(64);
}
await runNodeProcess(nodeFile, { create: createDeaf });
