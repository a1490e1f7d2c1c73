import { patientLimits } from '@keycourier/runtime/testing/patient-limits';

import { connectLedger, type Ledger, type LedgerOptions } from '../connect-ledger.ts';
import { createSealing, generateKeyring, parseKeyring } from '../sealing.ts';
import { temporaryLedgerDatabase } from './temporary-database.ts';

export interface TestLedger {
  ledger: Ledger;
  url: string;
  /** What the ledger calls now; stands still until a test sets it. Times that processes share are the database's own. */
  clock: { now: Date };
  /** The ledger as another process has it: same database, same keys, other connections. */
  openAnother: (options?: Partial<LedgerOptions>) => Ledger;
}

const cleanUps: (() => Promise<void>)[] = [];

/** A migrated ledger on a database of its own, until closeTestLedgers. */
export async function connectTestLedger(options: Partial<LedgerOptions> = {}): Promise<TestLedger> {
  const database = await temporaryLedgerDatabase();
  const clock = { now: new Date() };
  const sealing = createSealing(parseKeyring(generateKeyring()));
  const opened: Ledger[] = [];
  const openAnother = (more: Partial<LedgerOptions> = {}): Ledger => {
    const ledger = connectLedger({
      databaseUrl: database.url,
      sealing,
      maxConnections: 8,
      maxRequestsInFlight: () => 1,
      now: () => clock.now,
      // One that is opened for a use has the limits of that.
      limits: more.use === undefined ? patientLimits : undefined,
      ...options,
      ...more,
    });
    opened.push(ledger);
    return ledger;
  };
  cleanUps.push(async () => {
    await Promise.all(opened.map((ledger) => ledger.close()));
    await database.drop();
  });
  return { ledger: openAnother(), url: database.url, clock, openAnother };
}

/** For afterAll: closes every ledger that was opened in this file. */
export async function closeTestLedgers(): Promise<void> {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
}
