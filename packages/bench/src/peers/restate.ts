import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { BenchError } from '../errors.ts';
import { run, untilAnswers, type Peer, type Place } from './peer.ts';

/** A handler that takes an event and does nothing with it. */
const service = (port: number): string => `
import * as restate from '@restatedev/restate-sdk';
const hook = restate.service({ name: 'hook', handlers: { receive: async () => undefined } });
restate.serve({ services: [hook], port: ${port} });
`;

export const restate: Peer = {
  name: 'Restate',
  packages: ['@restatedev/restate-server@1.7.12', '@restatedev/restate-sdk@1.17.2'],
  setup:
    'One node with its production profile; a handler that does nothing, in Node; the event is sent to it one-way. Accepted is stored in its log. Its handler runs meanwhile.',
  isDurable: true,
  node: 20,
  start: async (place) => {
    const [ingress, admin, handler] = [await place.port(), await place.port(), await place.port()];
    // Beside the packages, where Node finds the SDK.
    const file = join(place.folder, 'service.mjs');
    await writeFile(file, service(handler));
    run(place, [place.node, file], { name: 'restate-service' });
    await startServer(place, { ingress, admin });
    await register(`http://127.0.0.1:${admin}/deployments`, `http://127.0.0.1:${handler}`);
    return `http://127.0.0.1:${ingress}/hook/receive/send`;
  },
};

async function startServer(place: Place, { ingress, admin }: { ingress: number; admin: number }): Promise<void> {
  const platform = `restate-server-${process.platform}-${process.arch}`;
  const server = join(place.folder, 'node_modules', '@restatedev', platform, 'bin', 'restate-server');
  const listening = ['--listen-mode', 'tcp', '--bind-ip', '127.0.0.1', '--bind-port', String(await place.port())];
  run(place, [server, '--production', '--no-logo', ...listening], {
    name: 'restate',
    environment: {
      RESTATE_BASE_DIR: join(place.dir, 'restate-data'),
      RESTATE_AUTO_PROVISION: 'true',
      RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
      RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
      RESTATE_LOG_FILTER: 'warn',
    },
  });
  await untilAnswers(`http://127.0.0.1:${admin}/health`, (status) => status === 200);
}

async function register(deployments: string, uri: string): Promise<void> {
  const answer = await fetch(deployments, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ uri }),
  });
  if (!answer.ok) throw new BenchError(`Restate refuses the service: ${answer.status} ${await answer.text()}`);
}
