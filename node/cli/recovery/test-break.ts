/**
 * A chain with a break, as who verifies it is given it: blocks 1…3 certified, 4 and 5 kept by a recovery after v3 and v4
 * were gone, block 6 the first one that v1, v2 and two new validators certified.
 */
import { join } from 'node:path';
import { sealSigningBytes } from '../../../shared/codec/messages.ts';
import { encodeRecovery, recoveryDigest } from '../../../shared/codec/recovery.ts';
import type { ValidatorId } from '../../../shared/types/brands.ts';
import type { Certificate, RecoveryLink } from '../../../shared/types/ledger.ts';
import type { RecoveryCertificate } from '../../../shared/types/recovery.ts';
import { verifyWithSodium } from '../../crypto/sodium.ts';
import { executeBlock } from '../../ledger/execute.ts';
import { foldBlock } from '../../ledger/fold.ts';
import { readMembership } from '../../ledger/modules/epochs.ts';
import { recoveredView } from '../../ledger/recovered-view.ts';
import { appendOf } from '../../ledger/test-support.ts';
import type { ExecutedBlock } from '../../ledger/types.ts';
import { combine } from './combine.ts';
import { makePlan } from './make-plan.ts';
import { makeStatement } from './make-statement.ts';
import { atNode, createMachine, fill, type Made, Story, sign, signedBy } from './test-support.ts';

export interface RecoveredStory {
  readonly story: Story;
  readonly certificate: RecoveryCertificate;
  /** Into epoch 1. */
  readonly link: RecoveryLink;
  /** Block 6. */
  readonly next: Made;
  /** As the view of a recovered state had it before block 6 was executed. */
  readonly before: ReturnType<typeof readMembership>;
  /** Block 6, folded again. */
  readonly folded: ReturnType<typeof foldBlock>;
}

/** @param directory for the machines of those who make statements */
export async function recoveredStory(directory: string): Promise<RecoveredStory> {
  const story = new Story();
  for (let count = 0; count < 5; count += 1) story.block();
  const certificate = await recoveryOf(story, directory);
  const link = {
    header: story.blocks[4]!.block.headerBytes,
    recovery: encodeRecovery(certificate),
    nextValidators: certificate.content.validators.map(({ id, member, consensusKey }) => ({
      id,
      member,
      consensusKey,
    })),
  };
  const before = readMembership(recoveredView(story.chain.view, certificate));
  const { time } = story.blocks[4]!.block.header;
  const sent = [story.transaction('m3.clerk', appendOf('orders', 'behind'), time + 60_000, false)];
  const input = { ...story.chain.input(sent, time + 1), recovery: certificate };
  const block = executeBlock({ ...input, verifySignature: verifyWithSodium });
  const folded = foldBlock({ ...input, time: block.header.time, ran: block.ran });
  story.chain.apply(block);
  const next = { block, transactions: sent, certificate: sealedByNewSet(story, block) };
  return { story, certificate, link, next, before, folded };
}

async function recoveryOf(story: Story, directory: string): Promise<RecoveryCertificate> {
  const statements = [];
  for (const [index, id] of ['v1', 'v2', 'v5', 'v6'].entries()) {
    const nodeFile = await createMachine(join(directory, id), id);
    if (index < 2) await fill(nodeFile, story, { certified: 3, sealed: 5 });
    statements.push(
      await atNode(nodeFile, (node) => makeStatement(node, index < 2 ? {} : joining(id, index))),
    );
  }
  const { network } = story;
  const validators = ['v1', 'v2', 'v5', 'v6'];
  const plan = await makePlan(statements, { network, reason: 'a fire', validators, fenced: ['v3'] });
  const recovery = recoveryDigest(plan.content);
  const files = ['m1', 'm2', 'm4'].map((member) => ({
    network,
    recovery,
    signature: signedBy(network, plan.content, `${member}.admin`),
  }));
  return (await combine(plan, files, network)).certificate;
}

const joining = (id: string, index: number) => ({
  member: id === 'v5' ? 'm3' : 'm4',
  address: `wss://127.0.0.1:${22_504 + index}`,
  gateway: `http://127.0.0.1:${22_554 + index}`,
});

function sealedByNewSet({ network }: Story, { header, height, hash }: ExecutedBlock): Certificate {
  const content = { epoch: header.epoch, height, block: hash };
  const seals = (['v1', 'v2', 'v5'] as ValidatorId[]).map((validator) => ({
    validator,
    signature: sign(`${validator} consensus`, sealSigningBytes(network, content)),
  }));
  return { ...content, seals };
}

/** Of a block that the recovery kept: nobody certified it. */
export const keptWithoutSeals = ({ block: { header, height, hash } }: Made): Certificate => ({
  epoch: header.epoch,
  height,
  block: hash,
  seals: [],
});
