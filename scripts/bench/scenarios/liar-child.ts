/**
 * The process of a validator that lies: the product's own node with wrapped ports. `liar-child.js NODE_YAML`, the
 * lie in the environment. For trials on networks of their own.
 */
import { runNodeProcess } from '../../../node/main.ts';
import { createNode } from '../../../node/runtime/node.ts';
import { censor } from './lies/censor.ts';
import { crawl } from './lies/crawl.ts';
import { type Lie, lieVariable, type Wrap } from './lies/lie.ts';
import { spreadBad } from './lies/spread-bad.ts';

function wrapOf(lie: Lie): Wrap {
  switch (lie.kind) {
    case 'crawl':
      return crawl(lie);
    case 'censor':
      return censor(lie);
    case 'spread-bad':
      return spreadBad(lie);
  }
}

const [nodeFile] = process.argv.slice(2);
const told = process.env[lieVariable];
if (nodeFile === undefined || told === undefined) {
  process.stderr.write(`usage: ${lieVariable}=JSON liar-child.js NODE_YAML\n`);
  process.exit(64);
}
const wrap = wrapOf(JSON.parse(told) as Lie);
await runNodeProcess(nodeFile, { create: (config, ports) => wrap(createNode, config, ports) });
