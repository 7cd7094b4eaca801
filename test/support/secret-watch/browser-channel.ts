/**
 * The pipe between a browser and the test that drives it. It carries what the reader's own browser holds by right, the
 * cookie and what is typed, so that it is not kept as a whole: only what a page or worker says where others read it, its
 * console and the errors that nobody caught. https://chromedevtools.github.io/devtools-protocol/: JSON, ended by a zero.
 */

/** Where each such message names itself. */
const spoken = /^.{0,20}"method":"(?:Runtime\.consoleAPICalled|Runtime\.exceptionThrown|Log\.entryAdded)"/;
const beginningBytes = 100;

interface Preview {
  readonly properties: readonly { readonly value?: string }[];
}

/** Takes the channel in pieces of any length; hands on what was said, one line each. */
export function keptOfChannel(keep: (bytes: Uint8Array) => void): (bytes: Uint8Array) => void {
  let message: Uint8Array[] = [];
  return (bytes) => {
    let from = 0;
    for (let end = bytes.indexOf(0); end !== -1; end = bytes.indexOf(0, from)) {
      message.push(bytes.subarray(from, end));
      from = end + 1;
      const whole = Buffer.concat(message);
      message = [];
      if (spoken.test(whole.toString('latin1', 0, beginningBytes))) keep(Buffer.from(asRead(whole)));
    }
    message.push(bytes.subarray(from));
  };
}

/** With arrays as they are printed, which the browser tells in one object for each element. */
function asRead(message: Buffer): string {
  const text = message.toString();
  const { params } = JSON.parse(text) as {
    readonly params: { readonly args?: readonly { readonly preview?: Preview }[] };
  };
  const arrays = (params.args ?? []).flatMap(({ preview }) =>
    preview === undefined ? [] : [preview.properties.map(({ value }) => value).join(',')],
  );
  return `${[text, ...arrays].join('\n')}\n`;
}
