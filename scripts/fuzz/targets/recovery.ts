/** Recovery certificates, and the files that members exchange on the way to one: all of it comes from others. */
import { decodeRecoveryFile, encodeRecoveryFile } from '../../../node/cli/recovery/files.ts';
import {
  decodeRecovery,
  decodeRecoveryContent,
  encodeRecovery,
  encodeRecoveryContent,
} from '../../../shared/codec/recovery.ts';
import {
  type BlockHash,
  type Digest,
  epochOf,
  heightOf,
  type IdentityId,
  type Signature,
  type ValidatorId,
} from '../../../shared/types/brands.ts';
import type { RecoveryContent, RecoveryRecord, RecoverySeat } from '../../../shared/types/recovery.ts';
import { buildExampleNetwork } from '../../lib/example-network.ts';
import type { Target } from '../target.ts';
import { codecTarget } from './codec-target.ts';
import { exampleBatch } from './example-messages.ts';

const { network, document, blocks, links } = buildExampleNetwork({
  validators: 4,
  epochs: 2,
  transactions: 1,
});
const signature = new Uint8Array(64).fill(7) as Signature;
const seats: readonly RecoverySeat[] = document.validators.map((validator) => ({
  ...validator,
  possession: { consensus: signature, node: signature },
}));
const [, base, kept] = blocks;
const content: RecoveryContent = {
  version: 1,
  network,
  epoch: epochOf(1),
  base: { header: base!.headerBytes, certificate: base!.certificate! },
  headers: [kept!.headerBytes],
  validators: seats,
  reason: 'two sites are gone',
  survivors: [
    {
      validator: 'validator-1' as ValidatorId,
      height: heightOf(2),
      block: kept!.hash as BlockHash,
      signature,
    },
  ],
  fenced: ['validator-2' as ValidatorId, 'validator-3' as ValidatorId],
};
const records: readonly RecoveryRecord[] = [
  {
    key: 'governance/recovery',
    value: new Uint8Array([0xa0]),
    proof: { siblings: ['ab'.repeat(32) as Digest] },
  },
  { key: 'network/members', value: new Uint8Array([0x80]), proof: { siblings: [] } },
];
const contentBytes = encodeRecoveryContent(content);
const signatures = [{ identity: 'alpha.admin' as IdentityId, signature }];
const recovery = encodeRecovery({ content, contentBytes, records, signatures });
const chain = {
  genesis: { header: blocks[0]!.headerBytes, validators: blocks[0]!.validators },
  epochs: [links[0]!, { header: kept!.headerBytes, recovery, nextValidators: links[0]!.nextValidators }],
};
const carried = [{ header: kept!.headerBytes, batch: exampleBatch, envelopes: kept!.envelopes }];

export const recoveryTargets: readonly Target[] = [
  codecTarget({
    name: 'recovery-content',
    corpus: () => [content, { ...content, headers: [], fenced: [] }].map(encodeRecoveryContent),
    decode: decodeRecoveryContent,
    encode: encodeRecoveryContent,
  }),
  codecTarget({
    name: 'recovery-certificate',
    corpus: () => [recovery],
    decode: decodeRecovery,
    encode: encodeRecovery,
  }),
  codecTarget({
    name: 'recovery-file',
    corpus: () =>
      [
        { kind: 'recovery-statement' as const, network, seat: seats[0]! },
        {
          kind: 'recovery-statement' as const,
          network,
          seat: seats[0]!,
          word: {
            epoch: epochOf(0),
            statement: content.survivors[0]!,
            base: content.base,
            blocks: carried,
            chain,
            records,
          },
        },
        { kind: 'recovery-plan' as const, content: contentBytes, chain, records, blocks: carried },
        {
          kind: 'recovery-signature' as const,
          network,
          recovery: 'cd'.repeat(32) as Digest,
          signature: signatures[0]!,
        },
        { kind: 'recovery-bundle' as const, recovery, chain, blocks: carried },
      ].map(encodeRecoveryFile),
    decode: decodeRecoveryFile,
    encode: encodeRecoveryFile,
  }),
];
