/** Reads what it is sent and answers, and does nothing else: started by flood.mjs with FLOOR=1. */
import { once } from 'node:events';
import { createServer } from 'node:http';

const server = createServer((request, response) => {
  request.resume().on('end', () => response.writeHead(202).end('{}'));
}).listen(0, '127.0.0.1');
await once(server, 'listening');
process.once('SIGTERM', () => process.exit());
process.send({ url: `http://127.0.0.1:${server.address().port}` });
