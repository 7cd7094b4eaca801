import { Mark } from '../app/Icons.tsx';
import { Announcer } from '../components/Announcer.tsx';
import { FileVerifier } from '../features/verify/file/FileVerifier.tsx';
import { diskPorts } from './disk-ports.ts';
import styles from './VerifierPage.module.css';

/** The whole of the page that an auditor keeps: it comes from no node, and asks none. */
export function VerifierPage() {
  return (
    <div className={styles.page}>
      <header className={styles.header}>
        <Mark />
        <div>
          <h1>Concordat verifier</h1>
          <p className={styles.muted}>
            One file, no network: open a proof pack or a receipt, and every check runs here. Nothing leaves
            this page.
          </p>
        </div>
      </header>
      <main className={styles.main}>
        <FileVerifier ports={diskPorts} pinned="" linked={false} />
      </main>
      <footer className={styles.muted}>
        You trust two things: the network id, which a member gave you, and this file. Compare its SHA-256 with
        the one that the build printed: <code>sha256sum concordat-verifier.html</code>.
      </footer>
      <Announcer />
    </div>
  );
}
