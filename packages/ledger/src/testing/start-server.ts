import { patientLimits } from '@keycourier/runtime/testing/patient-limits';

import { connectLedger } from '../connect-ledger.ts';
import { startEmbeddedPostgres } from '../embedded-postgres.ts';
import { migrate } from '../migrate.ts';
import { createSealing, generateKeyring, parseKeyring } from '../sealing.ts';
import { makeClusterTemplate } from './cluster-template.ts';
import { dropAbandonedDatabases } from './database-names.ts';
import {
  copyStrategyVariable,
  ledgerTemplateVariable,
  temporaryDatabase,
  testPostgresVariable,
} from './temporary-database.ts';
import './test-server.ts';
import { makeThrowawayDir, removeLeftovers } from './throwaway-dir.ts';

/**
 * Jest's globalSetup: one server for the whole run. It is the one that DATABASE_URL names, else a throwaway one. Workers
 * inherit its URL through the environment.
 */
export default async function startServer(): Promise<void> {
  const serverUrl = process.env['DATABASE_URL'];
  if (serverUrl !== undefined && serverUrl !== '') {
    await dropAbandonedDatabases(serverUrl);
    process.env[testPostgresVariable] = serverUrl;
    await makeTemplate();
    return;
  }
  await removeLeftovers();
  const dataDir = await makeThrowawayDir();
  await makeClusterTemplate(dataDir);
  const server = await startEmbeddedPostgres({ dataDir, throwaway: true });
  globalThis.keycourierTestServer = { server, dataDir };
  process.env[testPostgresVariable] = server.url('postgres');
  // Two checkpoints, which are free where nothing waits for a disk, instead of every page in the log: 20 ms of CPU for 50.
  process.env[copyStrategyVariable] = 'file_copy';
  await makeTemplate();
}

/** Every test of the run copies it, which is quicker than to migrate, and no session connects to it, so that copies never wait. */
async function makeTemplate(): Promise<void> {
  const template = await temporaryDatabase();
  globalThis.keycourierLedgerTemplate = template;
  const sealing = createSealing(parseKeyring(generateKeyring()));
  const ledger = connectLedger({
    databaseUrl: template.url,
    sealing,
    limits: patientLimits,
    maxConnections: 1,
    maxRequestsInFlight: () => 1,
  });
  await migrate(ledger.db);
  await ledger.close();
  process.env[ledgerTemplateVariable] = new URL(template.url).pathname.slice(1);
}
