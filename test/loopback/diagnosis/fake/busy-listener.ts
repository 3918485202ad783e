// Listens, fills the queue of the system with connections of its own, and never takes one out of it again.
import { connect, createServer } from 'node:net';

/** More than the system keeps for a backlog of one. */
const CALLERS = 4;

const server = createServer();
server.listen({ host: '127.0.0.1', port: 0, backlog: 1 }, () => {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  for (let caller = 0; caller < CALLERS; caller++) connect({ host: '127.0.0.1', port }).on('error', () => undefined);
  process.send?.(port, () => {
    // This thread does nothing any more; the parent kills it.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
});
