import type { EmbeddedPostgres } from '../embedded-postgres.ts';

declare global {
  /** Jest loads globalSetup and globalTeardown apart: the process is all that they share. */
  var keycourierTestServer: { server: EmbeddedPostgres; dataDir: string } | undefined;
}
