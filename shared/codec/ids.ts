/** Spelling of ids (types/brands.ts), and bounds of lists that no parameter bounds. */

export const validatorIdPattern = /^[a-z0-9-]{1,32}$/;
export const memberIdPattern = /^[a-z0-9-]{1,32}$/;
export const identityIdPattern = /^[a-z0-9.-]{1,64}$/;
export const assetIdPattern = /^[a-z0-9.-]{1,64}$/;
/** `module.verb` */
export const actionPattern = /^[A-Za-z][A-Za-z0-9-]{0,31}\.[A-Za-z][A-Za-z0-9-]{0,31}$/;

/** Far above what any network has. */
export const validatorsMax = 1024;
/** Names and beginnings that one reader may be given. */
export const readableStreamsMax = 64;
/** Identities that one payload may be encrypted for. */
export const recipientsMax = 64;
/** Of a batch and its block; empty for the null batch. */
export const proposerPattern = /^[a-z0-9-]{0,32}$/;
