import { useQuery } from '@tanstack/react-query';
import { Download, FileJson } from 'lucide-react';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import {
  type ExportFormat,
  type ExportManifestJson,
  type ExportQuery,
  type ExportSubject,
  exportFormats,
} from '../../../../shared/api.ts';
import { Button, buttonClass } from '../../components/Button.tsx';
import { Card } from '../../components/Card.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorPanel } from '../../components/ErrorPanel.tsx';
import { Fact, Facts } from '../../components/Facts.tsx';
import { FilterField } from '../../components/FilterField.tsx';
import { Hash } from '../../components/Hash.tsx';
import { Page } from '../../components/Page.tsx';
import { Panel } from '../../components/Panel.tsx';
import { Segmented } from '../../components/Segmented.tsx';
import { Status } from '../../components/Status.tsx';
import { Time } from '../../components/Time.tsx';
import { announce } from '../../lib/announce.ts';
import { downloadBytes } from '../../lib/download.ts';
import { formatBytes, formatCount, plural } from '../../lib/format.ts';
import { gatewayOrigin } from '../../lib/gateway.ts';
import { useSearchState } from '../../lib/search-state.ts';
import { checkedFile, manifestQuery } from './api/export.ts';
import styles from './ExportPage.module.css';
import { filterLabels, filtersOf, questionOf } from './question.ts';

const subjects = [
  { value: 'transactions', label: 'Transactions' },
  { value: 'events', label: 'Events' },
] as const;
const formats = exportFormats.map((value) => ({ value, label: value.toUpperCase() }));

/** A query as a file, and what the file must be. */
export default function ExportPage() {
  const [params] = useSearchParams();
  const [, setOf] = useSearchState('of');
  const [format, setFormat] = useSearchState('format');
  const asked = questionOf(params);
  const of = asked.isWhole ? asked.query.of : asked.of;
  return (
    <Page
      title="Export"
      lead="Certified records as a file, oldest first. The same query over the same blocks is the same file, at every node."
    >
      <Panel>
        <search aria-label="What to export">
          <Segmented label="Records" value={of} options={subjects} onChange={setOf} />
          <Segmented
            label="Format"
            value={(formats.find(({ value }) => value === format)?.value ?? 'csv') as ExportFormat}
            options={formats}
            onChange={setFormat}
          />
        </search>
        <Filters of={of} />
      </Panel>
      {asked.isWhole ? (
        <Export key={JSON.stringify(asked.query)} query={asked.query} />
      ) : (
        <EmptyState title="A filter is not complete" why={asked.reason} />
      )}
    </Page>
  );
}

function Filters({ of }: { of: ExportSubject }) {
  return (
    <search aria-label="Filters">
      {filtersOf[of].map((name) => (
        <Filter key={name} name={name} />
      ))}
    </search>
  );
}

function Filter({ name }: { name: string }) {
  const [value, setValue] = useSearchState(name);
  return <FilterField label={filterLabels[name] ?? name} value={value} onChange={setValue} />;
}

function Export({ query }: { query: ExportQuery }) {
  const [isWanted, setWanted] = useState(false);
  const manifest = useQuery({ ...manifestQuery(query), enabled: isWanted });
  if (manifest.data !== undefined) return <ManifestCard manifest={manifest.data} />;
  if (manifest.error !== null)
    return <ErrorPanel error={manifest.error} onRetry={() => void manifest.refetch()} />;
  return (
    <Card title="Manifest">
      <div className={styles.column}>
        <p>
          The node first reads every block of the range and says what the file must hold: rows, bytes and
          SHA-256. Then the file is read again and sent, whole or not at all.
        </p>
        <div>
          <Button look="primary" isDisabled={isWanted} onPress={() => setWanted(true)}>
            {isWanted ? 'The node counts…' : 'Count and prepare'}
          </Button>
        </div>
      </div>
    </Card>
  );
}

/** Larger files go to disk as they come; the browser does not hold them to check them. */
const checkedBytesMax = 64 * 1024 * 1024;

function ManifestCard({ manifest }: { manifest: ExportManifestJson }) {
  const { count, bytes, sha256, root, range, node, writtenAt, file } = manifest;
  return (
    <Card title={file} aside={<span>{plural(count, 'row')}</span>}>
      <div className={styles.column}>
        <Facts>
          <Fact name="Range">
            blocks {formatCount(range.fromHeight)} to {formatCount(range.toHeight)}, both included
          </Fact>
          <Fact name="Block at its end">
            <Hash value={range.toBlock} name="block hash" to={`/blocks/${range.toBlock}`} />
          </Fact>
          <Fact name="Rows">{formatCount(count)}</Fact>
          <Fact name="Size">{formatBytes(bytes)}</Fact>
          <Fact name="SHA-256">
            <Hash value={sha256} name="SHA-256" full />
          </Fact>
          {root !== undefined && (
            <Fact name="Root">
              <Hash value={root} name="root CID" full />
            </Fact>
          )}
          <Fact name="Reported by">
            {node}, <Time value={writtenAt} />
          </Fact>
        </Facts>
        <Downloads manifest={manifest} />
      </div>
    </Card>
  );
}

function Downloads({ manifest }: { manifest: ExportManifestJson }) {
  const { bytes, file, path, sha256 } = manifest;
  const [state, setState] = useState<'idle' | 'busy' | 'checked'>('idle');
  const [error, setError] = useState<unknown>();
  const take = async () => {
    setState('busy');
    setError(undefined);
    try {
      downloadBytes(file, await checkedFile(manifest), 'application/octet-stream');
      setState('checked');
      announce(`${file} downloaded and checked`);
    } catch (reason) {
      setError(reason);
      setState('idle');
    }
  };
  const takeManifest = () => {
    downloadBytes(`${file}.manifest.json`, `${JSON.stringify(manifest, null, 2)}\n`, 'application/json');
    announce('Manifest downloaded');
  };
  const isOwn = gatewayOrigin() === window.location.origin;
  return (
    <>
      <div className={styles.actions}>
        {bytes > checkedBytesMax && isOwn ? (
          <a className={buttonClass('primary')} href={path} download={file}>
            <Download size={16} aria-hidden />
            Download {formatBytes(bytes)}
          </a>
        ) : (
          <Button look="primary" isDisabled={state === 'busy'} onPress={() => void take()}>
            <Download size={16} aria-hidden />
            {state === 'busy' ? 'Downloading…' : `Download ${formatBytes(bytes)}`}
          </Button>
        )}
        <Button onPress={takeManifest}>
          <FileJson size={16} aria-hidden />
          Download manifest
        </Button>
        {state === 'checked' && (
          <Status kind="verified">The file’s SHA-256 was checked in this browser</Status>
        )}
      </div>
      {error !== undefined && <ErrorPanel error={error} onRetry={() => void take()} />}
      <p className={styles.muted}>
        To check it again: <code>sha256sum {file}</code> prints <code>{sha256.slice(0, 16)}…</code>
      </p>
    </>
  );
}
