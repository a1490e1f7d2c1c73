import { createApiKey } from '@keycourier/ledger/api-keys/api-keys';
import { connectLedger, type Ledger } from '@keycourier/ledger/connect-ledger';
import { migrate } from '@keycourier/ledger/migrate';
import { createSealing, parseKeyring } from '@keycourier/ledger/sealing';

import { tenant, type Files } from './files.ts';
import type { PostgresServer } from './stores.ts';

/** A new ledger database. @returns its URL, and an API key of the tenant */
export async function createLedger(
  postgres: PostgresServer,
  name: string,
  { sealingText }: Files,
): Promise<{ databaseUrl: string; apiKey: string }> {
  await postgres.createDatabase(name);
  const databaseUrl = postgres.url(name);
  const ledger = openLedger(databaseUrl, sealingText);
  try {
    await migrate(ledger.db);
    const scopes = ['read', 'write', 'addresses', 'operator'] as const;
    const { key } = await createApiKey(ledger, {
      tenant,
      name: 'bench',
      scopes: [...scopes],
      requestsPerMinute: 100_000,
    });
    return { databaseUrl, apiKey: key };
  } finally {
    await ledger.close();
  }
}

/** A connection of the bench's own to a ledger. */
export const openLedger = (databaseUrl: string, sealingText: string): Ledger =>
  connectLedger({
    databaseUrl,
    sealing: createSealing(parseKeyring(sealingText)),
    maxConnections: 1,
    maxRequestsInFlight: () => 32,
  });
