import { secretFormIn } from '../../../../shared/support/secret-forms.ts';
import { type ArchiveFile, tarOf } from '../../../../shared/support/tar.ts';

/** A question to the node, by the name of its file. */
export interface BundlePart {
  readonly name: string;
  /** The answer as text. */
  readonly ask: () => Promise<string>;
}

export interface Bundle {
  readonly name: string;
  /** tar.gz */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly files: readonly string[];
}

/**
 * What a node says of itself in one file. What fails is a file too, with the reason.
 * @throws Error if any answer holds what must stay secret; then there is no bundle
 */
export async function bundleOf(node: string, parts: readonly BundlePart[], now: Date): Promise<Bundle> {
  const texts = await Promise.all(parts.map(textOf));
  for (const { name, text } of texts) {
    const form = secretFormIn(text);
    if (form !== undefined)
      throw new Error(`${name} holds what must stay secret (${form}). Nothing was written.`);
  }
  const files = texts.map(
    ({ name, text }): ArchiveFile => ({
      name: `concordat-support/${name}`,
      bytes: new TextEncoder().encode(text),
    }),
  );
  const stamp = now.toISOString().slice(0, 19).replace(/[-:]/g, '');
  return {
    name: `support-${node}-${stamp}Z.tar.gz`,
    bytes: await gzipped(tarOf(files, now.getTime() / 1_000)),
    files: texts.map(({ name }) => name),
  };
}

async function textOf({ name, ask }: BundlePart): Promise<{ readonly name: string; readonly text: string }> {
  try {
    return { name, text: await ask() };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { name: `${name.replace(/\.\w+$/, '')}.failed.json`, text: `${JSON.stringify({ reason })}\n` };
  }
}

async function gzipped(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
