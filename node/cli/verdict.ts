/** A command that reported its verdict in full and only has to end with exit code 1. */
export class VerdictFailed extends Error {
  override readonly name = 'VerdictFailed';
}
