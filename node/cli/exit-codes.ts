/** What a script may rely on. */
export const exitCodes = {
  ok: 0,
  /** The network or a verification said no. */
  refused: 1,
  usage: 2,
  /** No gateway answered, or not in time. */
  unreachable: 3,
  /** A file, key, configuration or ledger on this machine is missing, damaged or in use. */
  local: 4,
  /** A defect of this program. */
  defect: 70,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export const exitCodesHelp = `
Exit codes:
  0  done
  1  refused by the network, or a verification failed
  2  wrong usage
  3  no gateway answered, or not in time
  4  a local file, key, configuration or ledger is missing, damaged or in use`;
