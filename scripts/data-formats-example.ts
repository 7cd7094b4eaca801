/** Writes the worked example into docs/data-formats.md: `npm run build:node && node dist/scripts/data-formats-example.js`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { withExample } from './lib/data-formats-example.ts';

const document = 'docs/data-formats.md';
writeFileSync(document, withExample(readFileSync(document, 'utf8')));
console.log(`${document}: example written`);
