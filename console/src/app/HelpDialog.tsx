import { Overlay } from '../components/Overlay.tsx';
import styles from './HelpDialog.module.css';

const keys: readonly (readonly [keys: readonly string[], what: string])[] = [
  [['/', 'Ctrl K'], 'Search and commands'],
  [['j', 'k'], 'Next or previous row of a table'],
  [['Enter'], 'Open the row'],
  [['Space'], 'Peek at the record of a row; arrows go on, Esc closes'],
  [['v'], 'Verify the block or transaction on this page'],
  [['Esc'], 'Close what is open'],
  [['?'], 'This help'],
];

export default function HelpDialog({ onClose }: { onClose: () => void }) {
  return (
    <Overlay label="Keyboard help" onClose={onClose}>
      <div className={styles.help}>
        <h2>Keyboard</h2>
        <dl>
          {keys.map(([names, what]) => (
            <div key={what} className={styles.row}>
              <dt>
                {names.map((name) => (
                  <kbd key={name}>{name}</kbd>
                ))}
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
        <h2>What the marks mean</h2>
        <p>
          Green is said only of what this browser checked itself against the network id that it has pinned.
          What a node merely reports stays neutral, however certain it sounds.
        </p>
      </div>
    </Overlay>
  );
}
