import { useState } from 'react';
import type { CertifiedTransactionJson } from '../../../../../shared/api.ts';
import type { CborValue } from '../../../../../shared/types/ledger.ts';
import { ErrorPanel } from '../../../components/ErrorPanel.tsx';
import { pin } from '../../../lib/pin.ts';
import { prepare } from '../../submit/api/key-holder.ts';
import { lifetimeMs } from '../../submit/command.ts';
import { ProgressCard } from '../../submit/components/ProgressCard.tsx';
import { ReviewCard } from '../../submit/components/ReviewCard.tsx';
import type { Prepared, Signed } from '../../submit/key-protocol.ts';

export interface Signing {
  /** Encodes a command with the open key and shows it decoded; nothing is signed yet. */
  review(action: string, args: CborValue, payloads?: readonly Uint8Array[]): void;
  readonly prepared: Prepared | undefined;
  readonly signed: Signed | undefined;
  readonly error: unknown;
  /** What kept a command from being made. */
  fail(error: unknown): void;
  onSigned(signed: Signed): void;
}

/** One command at a time: reviewed, signed, followed. */
export function useSigning(): Signing {
  const [prepared, setPrepared] = useState<Prepared | undefined>();
  const [signed, setSigned] = useState<Signed | undefined>();
  const [error, setError] = useState<unknown>();
  const review = (action: string, args: CborValue, payloads: readonly Uint8Array[] = []) => {
    const network = pin.get()?.network;
    setSigned(undefined);
    setPrepared(undefined);
    setError(undefined);
    if (network === undefined) return setError(new Error('No network is trusted yet.'));
    const fields = { network, action, args, expiresAt: Date.now() + lifetimeMs };
    prepare(fields, payloads).then(setPrepared, setError);
  };
  return { review, prepared, signed, error, fail: setError, onSigned: setSigned };
}

export interface SigningCardsProps {
  readonly signing: Signing;
  /** Must not change from one drawing to the next. */
  readonly onCertified: (record: CertifiedTransactionJson) => void;
}

/** What will be signed, decoded from its own bytes, and then what becomes of it. */
export function SigningCards({ signing, onCertified }: SigningCardsProps) {
  const { prepared, signed, error, onSigned } = signing;
  return (
    <>
      {error !== undefined && <ErrorPanel error={error} />}
      {prepared !== undefined && (
        <ReviewCard
          key={prepared.hex}
          prepared={prepared}
          isSigned={signed !== undefined}
          onSigned={onSigned}
        />
      )}
      {signed !== undefined && <ProgressCard key={signed.id} signed={signed} onCertified={onCertified} />}
    </>
  );
}
