/** Inside a network namespace: `gateway-door-child.js SOCKET PORT` passes on to 127.0.0.1:PORT. */
import { connect, createServer } from 'node:net';

const [path, port] = process.argv.slice(2);
const server = createServer((outer) => {
  const inner = connect(Number(port), '127.0.0.1');
  outer.pipe(inner).pipe(outer);
  // Either side may break off at any time; then both are over.
  outer.on('error', () => inner.destroy());
  inner.on('error', () => outer.destroy());
});
server.listen(path, () => process.send?.('ready'));
process.once('disconnect', () => process.exit(0));
