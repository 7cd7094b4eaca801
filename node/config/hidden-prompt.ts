/** Asks on a terminal for what must not be seen there. */
import { StringDecoder } from 'node:string_decoder';

/** The part of a terminal that is needed, so that a test can stand in for one. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream & { setRawMode(raw: boolean): unknown };
  readonly output: { write(text: string): unknown };
}

/** undefined where nobody sits at a keyboard. */
export const ownTerminal = (): Terminal | undefined =>
  process.stdin.isTTY && process.stderr.isTTY ? { input: process.stdin, output: process.stderr } : undefined;

const interrupt = '\u0003';
const endOfInput = '\u0004';
const backspaces = ['\b', '\u007f'];

/** The line without its end; undefined if the answer was broken off. Nothing of it is shown. */
export function askHidden(question: string, { input, output }: Terminal): Promise<string | undefined> {
  output.write(question);
  input.setRawMode(true);
  input.resume();
  const decoder = new StringDecoder('utf8');
  return new Promise((resolve) => {
    let characters: string[] = [];
    const finish = (answer: string | undefined): void => {
      input.removeListener('data', take);
      input.setRawMode(false);
      input.pause();
      output.write('\n');
      resolve(answer);
    };
    const take = (chunk: Buffer): void => {
      for (const character of decoder.write(chunk)) {
        const isWhole = character === '\r' || character === '\n';
        if (isWhole || character === interrupt || character === endOfInput) {
          finish(isWhole ? characters.join('') : undefined);
          return;
        }
        if (backspaces.includes(character)) characters = characters.slice(0, -1);
        else characters.push(character);
      }
    };
    input.on('data', take);
  });
}
