import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { BenchError } from '../errors.ts';
import { run, runToEnd, untilAnswers, type Peer, type Place } from './peer.ts';

const workflow = {
  id: 'benchWorkflow001',
  name: 'bench',
  active: true,
  nodes: [
    {
      id: 'hook',
      name: 'Webhook',
      type: 'n8n-nodes-base.webhook',
      typeVersion: 2,
      position: [0, 0],
      webhookId: 'bench',
      parameters: {
        httpMethod: 'POST',
        path: 'hook',
        responseMode: 'onReceived',
        options: { responseCode: { values: { responseCode: 204 } } },
      },
    },
    { id: 'none', name: 'Nothing', type: 'n8n-nodes-base.noOp', typeVersion: 1, position: [200, 0], parameters: {} },
  ],
  connections: { Webhook: { main: [[{ node: 'Nothing', type: 'main', index: 0 }]] } },
  settings: {},
};

export const n8n: Peer = {
  name: 'n8n',
  packages: ['n8n@1.123.81'],
  // Its own version of this is at cdn.sheetjs.com alone; the workflow reads no spreadsheet.
  overrides: { xlsx: '0.18.5' },
  setup:
    'In queue mode on Postgres and Redis with one worker, as its guide for production says; a webhook that is answered at once and does nothing. A run of the workflow is stored in Postgres before the answer. Its worker runs meanwhile.',
  isDurable: true,
  node: 20,
  start: async (place) => {
    const environment = await environmentOf(place);
    const program = [place.node, join(place.folder, 'node_modules', 'n8n', 'bin', 'n8n')] as const;
    const file = join(place.dir, 'workflow.json');
    await writeFile(file, JSON.stringify([workflow]));
    await runToEnd(place, [...program, 'import:workflow', `--input=${file}`], { name: 'n8n-import', environment });
    await runToEnd(place, [...program, 'update:workflow', '--all', '--active=true'], {
      name: 'n8n-activate',
      environment,
    });
    run(place, [...program, 'start'], { name: 'n8n', environment });
    const workerPort = String(await place.port());
    run(place, [...program, 'worker'], {
      name: 'n8n-worker',
      environment: { ...environment, QUEUE_HEALTH_CHECK_PORT: workerPort },
    });
    const url = `http://127.0.0.1:${environment.N8N_PORT}`;
    // It is ready before its webhooks are.
    await untilAnswers(`${url}/webhook/hook`, (status) => status === 204, { withinMs: 180_000, method: 'POST' });
    return `${url}/webhook/hook`;
  },
};

async function environmentOf({ dir, port, postgres, redisPort }: Place) {
  if (redisPort === null) throw new BenchError('its queue mode needs Redis');
  const database = await postgres('n8n');
  return {
    N8N_USER_FOLDER: dir,
    N8N_PORT: String(await port()),
    N8N_LISTEN_ADDRESS: '127.0.0.1',
    N8N_ENCRYPTION_KEY: 'a-key-of-the-bench',
    N8N_DIAGNOSTICS_ENABLED: 'false',
    N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
    N8N_TEMPLATES_ENABLED: 'false',
    N8N_RUNNERS_BROKER_PORT: String(await port()),
    N8N_LOG_LEVEL: 'warn',
    // The other one is a native module, which install scripts would have to build.
    N8N_EXPRESSION_ENGINE: 'legacy',
    EXECUTIONS_MODE: 'queue',
    QUEUE_BULL_REDIS_HOST: '127.0.0.1',
    QUEUE_BULL_REDIS_PORT: String(redisPort),
    DB_TYPE: 'postgresdb',
    DB_POSTGRESDB_HOST: database.hostname,
    DB_POSTGRESDB_PORT: database.port,
    DB_POSTGRESDB_DATABASE: database.pathname.slice(1),
    DB_POSTGRESDB_USER: decodeURIComponent(database.username),
    DB_POSTGRESDB_PASSWORD: decodeURIComponent(database.password),
  } as const;
}
