import type { EmbeddedPostgres } from '../embedded-postgres.ts';
import type { TemporaryDatabase } from './temporary-database.ts';

declare global {
  /** Jest loads globalSetup and globalTeardown apart: the process is all that they share. */
  var keycourierTestServer: { server: EmbeddedPostgres; dataDir: string } | undefined;
  var keycourierLedgerTemplate: TemporaryDatabase | undefined;
}
