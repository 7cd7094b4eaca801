import { Button } from '../../../../components/Button.tsx';
import { Fact, Facts } from '../../../../components/Facts.tsx';
import { Fingerprint } from '../../../../components/Fingerprint.tsx';
import forms from '../../../proposals/Proposals.module.css';
import { EncodedCard } from '../../../submit/components/EncodedCard.tsx';
import type { ReviewedHandOver } from '../../../submit/key-protocol.ts';

export interface HandOverCardProps {
  readonly reviewed: ReviewedHandOver;
  readonly validator: string;
  readonly isDisabled: boolean;
  readonly onSign: () => void;
}

/** What the admin's own key signs: a session alone hands nothing over. */
export function HandOverCard({ reviewed, validator, isDisabled, onSign }: HandOverCardProps) {
  return (
    <EncodedCard body={reviewed}>
      <Facts>
        <Fact name="The new key">
          <Fingerprint value={reviewed.publicKey} name="new public key" narrow />
        </Fact>
      </Facts>
      <p className={forms.muted}>
        You let {validator}’s node have this key, encrypted to this recipient, within five minutes and once.
      </p>
      <div className={forms.row}>
        <Button look="primary" isDisabled={isDisabled} onPress={onSign}>
          Sign and hand it over
        </Button>
      </div>
    </EncodedCard>
  );
}
