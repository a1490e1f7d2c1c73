import { connectLedger } from '@keycourier/ledger/connect-ledger';
import { createSealing, generateKeyring, parseKeyring } from '@keycourier/ledger/sealing';
import { sql } from 'kysely';

/** As in docker-compose.yml. */
const minWalMebibytes = 512;
const segmentMebibytes = 16;

/**
 * Makes a new database like one that has run for a while: the segments of its log are there, and used again after each checkpoint.
 * A new segment is filled with zeros first, for which every commit waits some 10 to 30 ms.
 */
export async function keepSegments(databaseUrl) {
  const sealing = createSealing(parseKeyring(generateKeyring()));
  const { db, close } = connectLedger({ databaseUrl, sealing, maxConnections: 1, maxRequestsInFlight: () => 1 });
  const run = (statement) => sql.raw(statement).execute(db);
  await run(`alter system set min_wal_size = '${minWalMebibytes}MB'`);
  await run('select pg_reload_conf()');
  for (let segment = 0; segment < minWalMebibytes / segmentMebibytes; segment += 1) {
    await run("select pg_logical_emit_message(false, 'flood', '')");
    await run('select pg_switch_wal()');
  }
  await run('checkpoint');
  await close();
}
