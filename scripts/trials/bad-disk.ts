/** What is wrong with the disk of a validator on trial. */
export interface BadDisk {
  /** Each durable commit takes so much longer. */
  readonly commitMs?: number;
  /** By so many pages each file may still grow; then SQLite finds the disk full. */
  readonly pagesLeft?: number;
}

/** The environment variable that holds it, as JSON. */
export const badDiskVariable = 'CONCORDAT_TRIAL_DISK';
