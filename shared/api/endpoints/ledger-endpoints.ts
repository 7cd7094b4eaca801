/** Blocks and transactions with what proves them. */
import * as blocks from '../blocks.ts';
import * as records from '../records.ts';
import * as transactions from '../transactions.ts';
import { type Endpoint, nothing } from './endpoint.ts';

export const ledgerEndpoints = {
  blocks: {
    method: 'get',
    path: '/blocks',
    summary: 'Certified blocks',
    params: nothing,
    query: blocks.blocksQuerySchema,
    response: blocks.blocksSchema,
  },
  block: {
    method: 'get',
    path: '/blocks/{heightOrHash}',
    summary: 'One block with the leaves of its trees',
    params: blocks.blockParamsSchema,
    query: blocks.blockQuerySchema,
    response: blocks.blockSchema,
  },
  transactions: {
    method: 'get',
    path: '/transactions',
    summary: 'Certified transactions, filtered',
    params: nothing,
    query: transactions.transactionsQuerySchema,
    response: transactions.transactionsSchema,
  },
  submit: {
    method: 'post',
    path: '/transactions',
    summary: 'Submit one envelope or many',
    params: nothing,
    query: transactions.submitQuerySchema,
    body: transactions.submitBodySchema,
    bulk: true,
    response: transactions.submitResponseSchema,
  },
  transaction: {
    method: 'get',
    path: '/transactions/{id}',
    summary: 'What became of a transaction',
    params: transactions.transactionParamsSchema,
    query: transactions.transactionQuerySchema,
    response: transactions.transactionStatusSchema,
  },
  receipt: {
    method: 'get',
    path: '/transactions/{id}/receipt',
    summary: 'Proof that it is in a certified block',
    params: transactions.transactionParamsSchema,
    query: nothing,
    response: blocks.receiptSchema,
    cbor: true,
  },
  pack: {
    method: 'get',
    path: '/transactions/{id}/pack',
    summary: 'Receipt with the epoch chain, verifiable with the network id alone',
    params: transactions.transactionParamsSchema,
    query: nothing,
    response: blocks.proofPackSchema,
    cbor: true,
  },
  state: {
    method: 'get',
    path: '/state/{key}',
    summary: 'A state value, or its absence, with proof',
    params: records.stateParamsSchema,
    query: nothing,
    response: records.stateSchema,
  },
  consistency: {
    method: 'get',
    path: '/history/consistency',
    summary: 'Proof that nothing was removed between two heights',
    params: nothing,
    query: records.consistencyQuerySchema,
    response: records.consistencySchema,
  },
  historyInclusion: {
    method: 'get',
    path: '/history/inclusion',
    summary: 'Proof that a block is in the history of a later one',
    params: nothing,
    query: records.historyInclusionQuerySchema,
    response: records.historyInclusionSchema,
  },
} as const satisfies Record<string, Endpoint>;
