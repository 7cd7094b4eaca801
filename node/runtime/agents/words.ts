/**
 * What an agent has to say on the ledger: submitted once, and again only when its transaction has expired or was not
 * taken, for as long as the agent still wants it said.
 */
import type { PublicKey } from '../../../shared/types/brands.ts';
import type { CborValue } from '../../../shared/types/ledger.ts';
import { parametersOf, type RuntimeContext } from '../context.ts';
import { signOwn } from '../own-transaction.ts';
import type { Submission } from '../submission.ts';

export interface Word {
  readonly key: PublicKey;
  readonly action: string;
  readonly args: CborValue;
}

export interface Words {
  /** Nothing happens while the word of this name is under way. */
  say(name: string, word: Word): void;
  /** Nothing that was said matters any more. */
  forget(): void;
}

interface Said {
  /** Expiry of its transaction, milliseconds since 1970. */
  untilMs: number;
  isSigning: boolean;
}

/** Life of such a transaction; another follows if it expires. */
const lifetimeMs = 20_000;
/** What was not taken, such as by a full pool, is tried again after this. */
const refusedMs = 3_000;

/** @param nowMs max(own clock, certified time) in milliseconds since 1970 (rule F2) */
export function createWords(
  context: RuntimeContext,
  submission: Pick<Submission, 'submit'>,
  nowMs: () => number,
): Words {
  const { log, signer } = context.ports;
  const said = new Map<string, Said>();

  function say(name: string, word: Word): void {
    const known = said.get(name);
    if (known?.isSigning === true || nowMs() <= (known?.untilMs ?? -1)) return;
    const entry: Said = { untilMs: 0, isSigning: true };
    said.set(name, entry);
    const expiresAt = nowMs() + Math.min(lifetimeMs, parametersOf(context).lifetimeMs);
    const command = { ...word, epoch: context.epochs.current().epoch, expiresAt };
    signOwn(context.network, signer, command, (transaction) => {
      submission.submit([transaction], ([result]) => {
        entry.isSigning = false;
        const isTaken = result?.status === 'accepted' || result?.status === 'known';
        entry.untilMs = isTaken ? expiresAt : nowMs() + refusedMs;
        log.write('info', isTaken ? 'word-submitted' : 'word-not-submitted', {
          rule: 'E3',
          action: word.action,
          transaction: transaction.id,
          status: result?.status,
        });
      });
    });
  }

  return { say, forget: () => said.clear() };
}
