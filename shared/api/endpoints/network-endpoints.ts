/** The network and this node: who validates, where it stands, what it takes. */
import * as blocks from '../blocks.ts';
import * as diagnosis from '../diagnosis.ts';
import * as disk from '../disk.ts';
import * as epochs from '../epochs.ts';
import * as history from '../history.ts';
import * as network from '../network.ts';
import { type Endpoint, nothing } from './endpoint.ts';

export const networkEndpoints = {
  status: {
    method: 'get',
    path: '/status',
    summary: 'Where this node stands',
    params: nothing,
    query: nothing,
    response: network.statusSchema,
  },
  validators: {
    method: 'get',
    path: '/validators',
    summary: 'The validators of the current epoch and their quorum',
    params: nothing,
    query: nothing,
    response: network.validatorsSchema,
  },
  epochs: {
    method: 'get',
    path: '/epochs',
    summary: 'Epochs with what hands over to each: enough to follow them from the network id alone',
    params: nothing,
    query: epochs.epochsQuerySchema,
    response: epochs.epochsSchema,
  },
  keyHistory: {
    method: 'get',
    path: '/key-history',
    summary: 'Who held which consensus and node key, from which height to which',
    params: nothing,
    query: epochs.keyHistoryQuerySchema,
    response: epochs.keyHistorySchema,
  },
  genesis: {
    method: 'get',
    path: '/genesis',
    summary: 'What the network id covers',
    params: nothing,
    query: nothing,
    response: blocks.genesisSchema,
  },
  consensus: {
    method: 'get',
    path: '/consensus',
    summary: 'Slots in flight and whose votes are there',
    params: nothing,
    query: nothing,
    response: network.consensusSchema,
  },
  diagnosis: {
    method: 'get',
    path: '/diagnosis',
    summary: 'Whether the network commits, and if not why, as far as this node can tell',
    params: nothing,
    query: diagnosis.diagnosisQuerySchema,
    response: diagnosis.diagnosisSchema,
  },
  peers: {
    method: 'get',
    path: '/peers',
    summary: 'What this node measures of each peer',
    params: nothing,
    query: nothing,
    response: network.peersSchema,
  },
  matrix: {
    method: 'get',
    path: '/peers/matrix',
    summary: 'All validators as this node sees them',
    params: nothing,
    query: nothing,
    response: network.matrixSchema,
  },
  disk: {
    method: 'get',
    path: '/disk',
    summary: 'What this node takes on its disk, and how fast it grows',
    params: nothing,
    query: nothing,
    response: disk.diskSchema,
  },
  metricsHistory: {
    method: 'get',
    path: '/metrics-history',
    summary: 'Throughput, time to commit and pool of this node lately, with its changes of view',
    params: nothing,
    query: history.metricsHistoryQuerySchema,
    response: history.metricsHistorySchema,
  },
} as const satisfies Record<string, Endpoint>;
