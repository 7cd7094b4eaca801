import { useQuery } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import type { DiagnosisJson } from '../../../../shared/api.ts';
import { Answer } from '../../components/Answer.tsx';
import { Button } from '../../components/Button.tsx';
import { Page } from '../../components/Page.tsx';
import { announce } from '../../lib/announce.ts';
import { downloadBytes } from '../../lib/download.ts';
import { gatewayOrigin } from '../../lib/gateway.ts';
import { statusQuery } from '../../lib/queries.ts';
import { diagnosisQuery } from './api/diagnosis.ts';
import { Causes } from './components/Causes.tsx';
import { DiagnosisVerdict } from './components/DiagnosisVerdict.tsx';
import { MessageTable } from './components/MessageTable.tsx';
import { QuorumStrip } from './components/QuorumStrip.tsx';
import { snapshotOf } from './snapshot.ts';

/** Why the network commits or not: the verdict, its causes, and whose messages are here for the next height. */
export default function DiagnosisPage() {
  const diagnosis = useQuery(diagnosisQuery);
  return (
    <Page
      title="Consensus"
      lead="Does the network commit, and if not, why, and who has to act? One node’s account: reported, not proven."
      actions={<SnapshotButton diagnosis={diagnosis.data} />}
    >
      <Answer query={diagnosis} label="diagnosis" lines={8}>
        {(data) => (
          <>
            <DiagnosisVerdict diagnosis={data} />
            <QuorumStrip diagnosis={data} />
            <Causes causes={data.causes} node={data.node} />
            <MessageTable diagnosis={data} />
          </>
        )}
      </Answer>
    </Page>
  );
}

function SnapshotButton({ diagnosis }: { diagnosis: DiagnosisJson | undefined }) {
  const { data: status } = useQuery(statusQuery);
  const press = () => {
    if (diagnosis === undefined) return;
    const { name, text } = snapshotOf(diagnosis, { status, gateway: gatewayOrigin() });
    downloadBytes(name, text, 'application/json');
    announce(`${name} downloaded`);
  };
  return (
    <Button look="primary" onPress={press} isDisabled={diagnosis === undefined}>
      <Download size={16} aria-hidden />
      Download snapshot
    </Button>
  );
}
