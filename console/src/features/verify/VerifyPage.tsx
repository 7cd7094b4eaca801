import { useEffect } from 'react';
import { pin } from '../../lib/pin.ts';
import { useStore } from '../../lib/store.ts';
import { startVerifier } from './api/verifier.ts';
import { VerifyFrame } from './components/VerifyFrame.tsx';
import { consolePorts, keepEpochsOf } from './file/console-ports.ts';
import { FileVerifier } from './file/FileVerifier.tsx';

/** Checks a proof file in this browser; a proof pack needs no network at all. */
export default function VerifyPage() {
  const pinned = useStore(pin)?.network ?? '';
  useEffect(() => {
    // Both now, so that what follows needs no network.
    startVerifier();
    if (pinned !== '') keepEpochsOf(pinned).catch(withoutNetwork);
  }, [pinned]);
  return (
    <VerifyFrame
      title="Verify"
      lead="Drop a proof pack or a receipt. All checks run in this browser; nothing is sent anywhere, and no network is needed."
    >
      <FileVerifier key={pinned} ports={consolePorts} pinned={pinned} linked />
    </VerifyFrame>
  );
}

/** Then a receipt asks for the epochs when it comes to it; a pack carries its own. */
function withoutNetwork(error: unknown): void {
  console.warn('The epochs could not be kept for receipts.', error);
}
