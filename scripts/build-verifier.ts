/**
 * `npm run build:verifier`: the verification of proof files as one HTML file that an auditor keeps and opens from
 * disk, so that the verifier need not come from the node that it checks. Its policy lets nothing in and nothing out:
 * the one script and the one style sheet are named by their hashes, and the worker is made of a blob.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import optimizeLocales from '@react-aria/optimize-locales-plugin';
import react from '@vitejs/plugin-react';
import { build } from 'vite';

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'dist/verifier/concordat-verifier.html' },
    help: { type: 'boolean', default: false },
  },
});
const help = `usage: npm run build:verifier [-- OPTIONS]

The verifier of receipts and proof packs as one HTML file, to be kept and opened from disk.

  --out FILE  where it goes (dist/verifier/concordat-verifier.html)
  --help      this text`;
const consoleRoot = fileURLToPath(new URL('../../console', import.meta.url));

interface Built {
  readonly script: string;
  readonly style: string;
}

/** One script and one style sheet, worker and all. */
async function buildParts(): Promise<Built> {
  const output = await build({
    configFile: false,
    root: consoleRoot,
    base: './',
    logLevel: 'warn',
    publicDir: false,
    plugins: [react(), { ...optimizeLocales.vite({ locales: ['en-US'] }), enforce: 'pre' }],
    worker: { format: 'iife' },
    build: {
      write: false,
      target: 'es2023',
      cssTarget: ['chrome123', 'firefox121', 'safari17.5'],
      cssCodeSplit: false,
      modulePreload: { polyfill: false },
      rolldownOptions: { input: join(consoleRoot, 'src/verifier/main.tsx'), output: { format: 'iife' } },
    },
  });
  if (!('output' in output)) throw new Error('the build is one, and does not watch');
  const scripts = output.output.filter((part) => part.type === 'chunk');
  const styles = output.output.filter((part) => part.type === 'asset' && part.fileName.endsWith('.css'));
  const [script] = scripts;
  const [style] = styles;
  if (script?.type !== 'chunk' || style?.type !== 'asset' || scripts.length !== 1 || styles.length !== 1)
    throw new Error(
      `one script and one style sheet were expected: ${output.output.map(({ fileName }) => fileName)}`,
    );
  // What ends an element must not stand in it; in a script it can only be part of a text or a pattern.
  return {
    script: script.code.replaceAll('</script', '<\\/script'),
    style: String(style.source).replaceAll('</style', '<\\/style'),
  };
}

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

function pageOf({ script, style }: Built): string {
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(style)}`,
    'worker-src blob:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta id="react-aria-pressable-style">
<title>Concordat verifier</title>
<style>${style}</style>
</head>
<body>
<div id="root"></div>
<script>${script}</script>
</body>
</html>
`;
}

async function main(): Promise<void> {
  if (values.help) return void process.stdout.write(`${help}\n`);
  const page = pageOf(await buildParts());
  mkdirSync(dirname(values.out), { recursive: true });
  writeFileSync(values.out, page);
  const sha256 = createHash('sha256').update(page).digest('hex');
  process.stdout.write(`${values.out}: ${Math.round(page.length / 1024)} KiB\nSHA-256 ${sha256}\n`);
}

await main();
