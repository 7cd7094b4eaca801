/** What can be wrong with a backup or with the place that it shall go to, by name. */
export type BackupErrorCode =
  /** No manifest: no backup, or one that was cut short. */
  | 'not-a-backup'
  /** A file differs from its digest. Facts: file, expected, actual. */
  | 'backup-damaged'
  | 'backup-too-new'
  /** The backup is of another network than the one that was named. */
  | 'backup-of-other-network'
  /** Old bodies are gone, and no snapshot on this node stands for them. Facts: bodiesFrom. */
  | 'bodies-missing'
  /** The directory to be written exists and holds something. */
  | 'target-not-empty';

export type BackupFacts = { readonly [name: string]: string | number };

export class BackupError extends Error {
  readonly code: BackupErrorCode;
  readonly facts: BackupFacts;
  readonly nextStep: string;
  constructor(code: BackupErrorCode, facts: BackupFacts, options?: { readonly cause: unknown }) {
    super(texts[code].headline, options);
    this.name = 'BackupError';
    this.code = code;
    this.facts = facts;
    this.nextStep = texts[code].nextStep;
  }
}

const texts: {
  readonly [Code in BackupErrorCode]: { readonly headline: string; readonly nextStep: string };
} = {
  'not-a-backup': {
    headline: 'There is no complete backup in this directory.',
    nextStep: 'Name a directory that `concordat backup` finished; one that was cut short has no manifest.',
  },
  'backup-damaged': {
    headline: 'The backup is damaged: a file is not what the manifest says.',
    nextStep: 'Use another backup, or let the node fetch the ledger from its peers into an empty directory.',
  },
  'backup-too-new': {
    headline: 'The backup was written by a newer version of Concordat.',
    nextStep: 'Restore it with that version or a newer one.',
  },
  'backup-of-other-network': {
    headline: 'The backup is of another network.',
    nextStep: 'Compare the network id with the other members, and use a backup of yours.',
  },
  'bodies-missing': {
    headline: 'This node does not have the bodies of old blocks, and no snapshot that stands for them yet.',
    nextStep:
      'Wait until it took a snapshot (snapshots in node.yaml), or back up a node that has every block.',
  },
  'target-not-empty': {
    headline: 'The directory exists and is not empty.',
    nextStep: 'Name a directory that does not exist: nothing is ever written over.',
  },
};
