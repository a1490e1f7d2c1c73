import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';

import { listening, portOf } from './http-server.ts';

/** A proxy on loopback that opens tunnels, as CONNECT asks for them. */
export interface ConnectProxy {
  port: number;
  /** The tunnels that it opened: `host:port`, with the login of each. */
  tunnels: { target: string; authorization: string | undefined }[];
  close: () => Promise<void>;
}

/** `login` is required, as `user:password`; a silent proxy never answers. */
export async function startProxy(behaviour: { login?: string; isSilent?: boolean } = {}): Promise<ConnectProxy> {
  const tunnels: ConnectProxy['tunnels'] = [];
  const sockets = new Set<Socket>();
  const server = createServer((_request, response) => response.writeHead(405).end());
  server.on('connection', (socket) => sockets.add(socket));
  server.on('connect', (request, socket) => {
    socket.on('error', () => undefined);
    if (behaviour.isSilent === true) return;
    const authorization = request.headers['proxy-authorization'];
    const expected =
      behaviour.login === undefined ? undefined : `Basic ${Buffer.from(behaviour.login).toString('base64')}`;
    if (authorization !== expected) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n');
      return;
    }
    tunnels.push({ target: request.url ?? '', authorization });
    const { hostname, port } = new URL(`http://${request.url ?? ''}`);
    const target = connect(Number(port || 80), hostname, () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      socket.pipe(target).pipe(socket);
    });
    target.on('error', () => socket.destroy());
  });
  await listening(server);
  return {
    port: portOf(server),
    tunnels,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}
