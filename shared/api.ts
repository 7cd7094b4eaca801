/** Every HTTP and WebSocket shape of the gateway: schemas that validate, and the types inferred from them. */
export * from './api/blocks.ts';
export * from './api/diagnosis.ts';
export * from './api/disk.ts';
export * from './api/endpoints.ts';
export * from './api/epochs.ts';
export * from './api/evidence.ts';
export * from './api/export.ts';
export * from './api/governance.ts';
export * from './api/governed-args.ts';
export * from './api/history.ts';
export * from './api/network.ts';
export * from './api/problems.ts';
export * from './api/records.ts';
export * from './api/scalars.ts';
export * from './api/session.ts';
export * from './api/subscribe.ts';
export * from './api/transactions.ts';
