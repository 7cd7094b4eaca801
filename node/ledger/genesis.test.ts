import { describe, expect, test } from 'vitest';
import {
  decodeHeader,
  genesisDocumentDigest,
  headerHash,
  validatorSetDigest,
} from '../../shared/codec/ledger.ts';
import { merkleRoot } from '../../shared/crypto/merkle.ts';
import { type ValidatorId, zeroDigest } from '../../shared/types/brands.ts';
import { everyMember, thresholdsInForce } from '../../shared/types/governance.ts';
import type { GenesisDocument } from '../../shared/types/ledger.ts';
import { buildGenesis } from './genesis.ts';
import { checkGenesisDocument } from './genesis-check.ts';
import { identityOfKey, readIdentity } from './modules/identities.ts';
import { readMembers } from './modules/members.ts';
import { readParameters, readValidators } from './modules/network.ts';
import { foundingProtocol } from './protocols.ts';
import { readRecord } from './records.ts';
import { stateKeys } from './state-keys.ts';
import { exampleDocument, keyOf } from './test-support.ts';
import type { StateView } from './types.ts';

const genesis = buildGenesis(exampleDocument);
const { thresholds } = exampleDocument.governance;
const state: StateView = { get: (key) => genesis.changes.get(key) };

describe('header', () => {
  test('is that of height 0, and its hash is the network id', () => {
    expect(genesis.header).toMatchObject({
      network: '',
      height: 0,
      epoch: 0,
      nextEpoch: 0,
      parent: zeroDigest,
      time: exampleDocument.time,
      proposer: '',
      batch: genesisDocumentDigest(exampleDocument),
      transactions: merkleRoot([]),
      outcomes: merkleRoot([]),
      history: merkleRoot([]),
      validators: validatorSetDigest(genesis.validators),
      nextValidators: validatorSetDigest(genesis.validators),
    });
    expect(headerHash(genesis.headerBytes)).toBe(genesis.network);
    expect(decodeHeader(genesis.headerBytes)).toEqual(genesis.header);
    expect(genesis.history.size).toBe(1);
  });

  test.each<[string, Partial<GenesisDocument>]>([
    ['name', { name: 'other' }],
    ['time', { time: exampleDocument.time + 1 }],
    ['parameters', { parameters: { ...exampleDocument.parameters, window: 17 } }],
    ['validators', { validators: exampleDocument.validators.slice(1) }],
    ['identities', { identities: exampleDocument.identities.slice(1) }],
    ['thresholds', { governance: { thresholds: { ...thresholds, 'keys.suspect': { more: [0, 1] } } } }],
    ['recovery', { recovery: { threshold: everyMember } }],
    ['protocol', { protocol: 2 }],
  ])('another %s makes another network', (_name, change) => {
    expect(buildGenesis({ ...exampleDocument, ...change }).network).not.toBe(genesis.network);
  });

  test('is the same each time', () => {
    expect(buildGenesis(exampleDocument)).toEqual(genesis);
  });
});

describe('state', () => {
  test('begins with the protocol that the document names', () => {
    const later = buildGenesis({ ...exampleDocument, protocol: 3 });
    const changes = { get: (key: string) => later.changes.get(key) };
    expect(readRecord(changes, stateKeys.protocol)).toBe(3);
  });

  test('holds parameters, protocol version, members and validators with keys, addresses and incarnations', () => {
    expect(readParameters(state)).toEqual(exampleDocument.parameters);
    expect(readRecord(state, stateKeys.protocol)).toBe(foundingProtocol);
    expect(readMembers(state)).toEqual(
      exampleDocument.members.map((member) => ({ ...member, status: 'active' })),
    );
    expect(readValidators(state)).toEqual(exampleDocument.validators);
  });

  test('finds identities by id and by key', () => {
    const [first] = exampleDocument.identities;
    expect(readIdentity(state, first!.id)).toEqual({ ...first, status: 'active' });
    expect(identityOfKey(state, first!.key)?.id).toBe(first!.id);
    expect(identityOfKey(state, keyOf('nobody'))).toBeUndefined();
  });

  test('keeps an encryption key', () => {
    const [first, ...others] = exampleDocument.identities;
    const encryptionKey = 'cd'.repeat(32);
    const { changes } = buildGenesis({
      ...exampleDocument,
      identities: [{ ...first!, encryptionKey }, ...others],
    });
    const view: StateView = { get: (key) => changes.get(key) };
    expect(readIdentity(view, first!.id)?.encryptionKey).toBe(encryptionKey);
  });

  test('keeps what a reader reads', () => {
    const [first, ...others] = exampleDocument.identities;
    const streams = ['orders', 'ports/*'];
    const reader = { ...first!, roles: ['reader' as const], streams };
    const { changes } = buildGenesis({ ...exampleDocument, identities: [reader, ...others] });
    const view: StateView = { get: (key) => changes.get(key) };
    expect(readIdentity(view, first!.id)?.streams).toEqual(streams);
  });

  test('does not depend on the order of lists in the document', () => {
    const reversed = buildGenesis({
      ...exampleDocument,
      validators: [...exampleDocument.validators].reverse(),
      identities: [...exampleDocument.identities].reverse(),
    });
    expect(reversed.stateRoot).toBe(genesis.stateRoot);
    expect(reversed.validators).toEqual(genesis.validators);
  });
});

describe('checkGenesisDocument', () => {
  const problemsOf = (change: Partial<GenesisDocument>) =>
    checkGenesisDocument({ ...exampleDocument, ...change }).map(({ path }) => path);
  const [firstValidator, ...otherValidators] = exampleDocument.validators;
  const [firstIdentity, ...otherIdentities] = exampleDocument.identities;

  test('finds nothing wrong with the example', () => {
    expect(checkGenesisDocument(exampleDocument)).toEqual([]);
  });

  test.each<[string, Partial<GenesisDocument>, string]>([
    ['no name', { name: '' }, 'name'],
    ['no validators', { validators: [] }, 'validators'],
    ['a member that is not listed', { members: exampleDocument.members.slice(1) }, 'validators[0].member'],
    ['an id twice', { validators: [firstValidator!, firstValidator!] }, 'validators[1].id'],
    [
      'more validators than a set may have',
      {
        validators: Array.from({ length: 1025 }, (_, i) => ({
          ...firstValidator!,
          id: `validator-${i}` as ValidatorId,
        })),
      },
      'validators',
    ],
    [
      'E4: a consensus key under two ids',
      {
        validators: [
          firstValidator!,
          { ...otherValidators[0]!, consensusKey: firstValidator!.consensusKey },
          ...otherValidators.slice(1),
        ],
      },
      'validators[1].consensusKey',
    ],
    [
      'E4: a node key that is a consensus key',
      { validators: [{ ...firstValidator!, nodeKey: firstValidator!.consensusKey }, ...otherValidators] },
      'validators[0].nodeKey',
    ],
    [
      'E4: an identity with a validator’s key',
      { identities: [{ ...firstIdentity!, key: firstValidator!.consensusKey }, ...otherIdentities] },
      'identities[0].key',
    ],
    [
      'an envelope larger than a batch',
      { parameters: { ...exampleDocument.parameters, batchBytesMax: 1000 } },
      'parameters.envelopeBytesMax',
    ],
    [
      'a threshold of all parts',
      { governance: { thresholds: { ...thresholds, 'members.add': { more: [2, 2] } } } },
      'governance.thresholds.members.add',
    ],
    [
      'a threshold above that of thresholds',
      { governance: { thresholds: { ...thresholds, 'members.add': everyMember } } },
      'governance.thresholds.members.add',
    ],
    ['a protocol that is named and means none', { protocol: 1 }, 'protocol'],
    [
      'what changes who is asked easier than thresholds, by protocol 3',
      {
        protocol: 3,
        governance: {
          thresholds: { ...thresholdsInForce(3, thresholds), 'members.suspend': { more: [1, 2] } },
        },
      },
      'governance.thresholds.members.suspend',
    ],
    ['a recovery of no parts', { recovery: { threshold: { more: [0, 0] } } }, 'recovery.threshold'],
    [
      'streams of who is no reader',
      { identities: [{ ...firstIdentity!, streams: ['s'] }, ...otherIdentities] },
      'identities[0].streams',
    ],
    [
      'a stream to read that no stream can be called',
      { identities: [{ ...firstIdentity!, roles: ['reader'], streams: ['a*', ' s'] }, ...otherIdentities] },
      'identities[0].streams[1]',
    ],
    ['a window of zero', { parameters: { ...exampleDocument.parameters, window: 0 } }, 'parameters.window'],
  ])('names %s', (_name, change, path) => {
    expect(problemsOf(change)).toContain(path);
  });
});
