/** Random secrets that are given away as text and kept as digests: what leaks from here opens nothing. */
import { createHash, randomBytes } from 'node:crypto';

/** 32 random bytes in base64url. */
export const newSecret = (): string => randomBytes(32).toString('base64url');

export const digestOfSecret = (secret: string): string =>
  createHash('sha256').update(secret).digest('base64url');
