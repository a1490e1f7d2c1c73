/** apps/scim as its own process on an embedded Postgres whose writes wait for the disk, filled once and kept where a data dir is named. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { populate } from '@keycourier/ledger/bench/directory-people.mjs';
import { connectLedger } from '@keycourier/ledger/connect-ledger';
import { createConnection } from '@keycourier/ledger/directory/connections/connections';
import { startEmbeddedPostgres } from '@keycourier/ledger/embedded-postgres';
import { migrate } from '@keycourier/ledger/migrate';
import { createSealing, generateKeyring, parseKeyring } from '@keycourier/ledger/sealing';

/**
 * `large` has this many people; `empty` is a new connection without any.
 * @returns clients of both, ids of people, the process's resident bytes, and `stop`
 */
export async function startFilled({ total, keptDir }) {
  const dir = keptDir ?? (await mkdtemp(join(tmpdir(), 'keycourier-scim-bench-')));
  await mkdir(dir, { recursive: true });
  await chmod(dir, 0o755);
  const postgres = await startEmbeddedPostgres({ dataDir: dir });
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  let app;
  const stop = async () => {
    agent.destroy();
    app?.child.kill('SIGTERM');
    await app?.ended;
    await postgres.stop();
    if (keptDir === undefined) await rm(dir, { recursive: true, force: true });
  };
  try {
    const prepared = await prepare({ dir, postgres, total });
    app = await start({ dir, postgres });
    const access = ({ id, secret }) => clientOf({ agent, url: `${app.url}/scim/v2/${id}`, secret });
    const { large, empty, ids } = prepared;
    return {
      large: access(large),
      empty: access(empty),
      ids,
      residentBytes: () => residentBytes(app.child.pid),
      cpuMs: async () => ({ app: await cpuMs(app.child.pid), postgres: await cpuMsOfTree(postgres.pid) }),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function prepare({ dir, postgres, total }) {
  await postgres.createDatabase('bench');
  const kept = await readKept(dir);
  const keyring = kept?.keyring ?? generateKeyring();
  await writeFile(join(dir, 'sealing.json'), keyring, { mode: 0o600 });
  await writeFile(join(dir, 'keycourier.yaml'), config);
  const databaseUrl = postgres.url('bench');
  const sealing = createSealing(parseKeyring(keyring));
  const ledger = connectLedger({ databaseUrl, sealing, maxConnections: 2, maxRequestsInFlight: () => 1 });
  await migrate(ledger.db);
  const large = kept?.large ?? (await connect(ledger, 'large'));
  const empty = await connect(ledger, `empty ${Date.now()}`);
  const ids = kept?.ids ?? (await populate(ledger, large.connection, total));
  await ledger.close();
  if (ids.length !== total) throw new RangeError(`${dir} has ${ids.length} people`);
  await writeFile(join(dir, 'kept.json'), JSON.stringify({ keyring, large, ids }), { mode: 0o600 });
  return { large: accessOf(large), empty: accessOf(empty), ids };
}

const readKept = (dir) => readFile(join(dir, 'kept.json'), 'utf8').then(JSON.parse, () => null);

const accessOf = ({ connection, token }) => ({ id: connection.id, secret: token.secret });

function connect(ledger, name) {
  const off = { sendEnrollmentMails: false, includeManual: false, readAll: false, takeOverByLocalPart: false };
  const options = { name, ...off, mapping: [], userNameRules: {} };
  return createConnection(ledger, { tenant: 'acme', createdBy: null, options });
}

const config = `tenants:
  acme:
    okta: { orgUrl: 'https://acme.example', auth: { token: { env: UNUSED } } }
    hook: { secrets: [{ env: HOOK }] }
    fulfillment: { apiUrl: 'https://provider.example', keysUrl: 'https://keys.example', token: { env: UNUSED } }
    products: [{ productId: 1, inventoryProductId: 106, customizationId: RXJN83 }]
    groups: [{ name: Makes shipments, productId: 1, inventoryProductId: 106 }]
    pin: { channel: okta }
`;

async function start({ dir, postgres }) {
  const environment = {
    KEYCOURIER_MODE: 'local',
    KEYCOURIER_DATA_DIR: dir,
    KEYCOURIER_CONFIG: join(dir, 'keycourier.yaml'),
    SEALING_KEYS_FILE: join(dir, 'sealing.json'),
    DATABASE_URL: postgres.url('bench'),
    SCIM_PORT: '0',
    METRICS_PORT: '0',
    LOG_LEVEL: 'warn',
    UNUSED: 'unused-but-long-enough-to-be-a-secret-of-a-tenant',
    HOOK: 'a-hook-secret-that-nothing-is-signed-with-here-0001',
  };
  const { PATH, HOME, TMPDIR } = process.env;
  const child = fork(new URL('../dist/main.js', import.meta.url), {
    // As in docker-compose.yml; what the bench itself was started with, such as --cpu-prof, is for both.
    execArgv: ['--max-semi-space-size=32', '--no-memory-reducer', ...process.execArgv],
    env: { PATH, HOME, TMPDIR, ...environment },
  });
  const ended = once(child, 'exit');
  const [message] = await Promise.race([once(child, 'message'), ended.then(() => [{}])]);
  if (message.url === undefined) throw new RangeError('apps/scim did not start');
  return { child, ended, url: message.url };
}

/** The parsed body of what must succeed. */
function clientOf({ agent, url, secret }) {
  return (method, path, body) => {
    const text = body === undefined ? '' : JSON.stringify(body);
    const headers = {
      authorization: `Bearer ${secret}`,
      ...(text === '' ? {} : { 'content-type': 'application/scim+json', 'content-length': Buffer.byteLength(text) }),
    };
    return new Promise((resolve, reject) => {
      const sent = request(`${url}${path}`, { method, headers, agent }, (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () => {
          const answer = Buffer.concat(chunks).toString();
          if (response.statusCode >= 300)
            reject(new RangeError(`${method} ${path.slice(0, 100)}: ${response.statusCode} ${answer.slice(0, 300)}`));
          else resolve(answer === '' ? null : JSON.parse(answer));
        });
        response.on('error', reject);
      });
      sent.on('error', reject);
      sent.end(text);
    });
  };
}

async function residentBytes(pid) {
  const [, pages] = (await readFile(`/proc/${pid}/statm`, 'utf8')).split(' ');
  return Number(pages) * 4_096;
}

/** As Linux counts: in hundredths of a second. */
const msPerTick = 10;

/** What a process has computed so far, and with it its children that have ended. */
async function cpuMs(pid) {
  const { ticks } = await readStat(pid);
  return ticks.reduce((sum, one) => sum + one, 0) * msPerTick;
}

/** The same of a process and its children. */
async function cpuMsOfTree(pid) {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(pids.map((one) => readStat(one).catch(() => null)));
  const children = stats.flatMap((stat) => (stat?.parent === pid ? stat.ticks : []));
  return (await cpuMs(pid)) + children.reduce((sum, one) => sum + one, 0) * msPerTick;
}

/** The name may have any characters: fields are counted from its end. */
async function readStat(pid) {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  return { parent: fields[1], ticks: fields.slice(11, 15) };
}
