/** What must be undone whatever happens: namespaces, mounts, limits. */
export interface UndoList {
  add(undo: () => void): void;
  /** The last one first; each once. One that fails does not keep the others. */
  run(): void;
}

export function createUndoList(say: (line: string) => void): UndoList {
  const undos: (() => void)[] = [];
  return {
    add: (undo) => undos.push(undo),
    run() {
      for (const undo of undos.splice(0).reverse()) {
        try {
          undo();
        } catch (error) {
          say(`could not be undone: ${String(error)}`);
        }
      }
    },
  };
}
