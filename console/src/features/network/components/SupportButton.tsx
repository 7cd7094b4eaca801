import { useQuery } from '@tanstack/react-query';
import { Package } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../../components/Button.tsx';
import { announce } from '../../../lib/announce.ts';
import { downloadBytes } from '../../../lib/download.ts';
import { statusQuery } from '../../../lib/queries.ts';
import { supportParts } from '../api/support.ts';
import { bundleOf } from '../support-bundle.ts';

/** One file for those who help: what the node says of itself, and no key. */
export function SupportButton({ onFail }: { onFail: (error: unknown) => void }) {
  const { data: status } = useQuery(statusQuery);
  const [busy, setBusy] = useState(false);
  const take = async (node: string) => {
    setBusy(true);
    try {
      const { name, bytes, files } = await bundleOf(node, supportParts, new Date());
      downloadBytes(name, bytes, 'application/gzip');
      announce(`${name} downloaded: ${files.join(', ')}`);
      onFail(undefined);
    } catch (error) {
      onFail(error);
    }
    setBusy(false);
  };
  return (
    <Button
      look="primary"
      isDisabled={busy || status === undefined}
      onPress={() => void take(status?.node ?? 'node')}
    >
      <Package size={16} aria-hidden />
      {busy ? 'Collecting…' : 'Download support bundle'}
    </Button>
  );
}
