import type { Logger } from '@keycourier/runtime/logger';
import type { Pool } from 'pg';

import type { Organization } from './config.ts';
import type { ProviderKeys } from './keys/provider-keys.ts';

/** What every part of the simulator may use. `nowMs` is the wall clock, in milliseconds since 1970. */
export interface Context {
  pool: Pool;
  logger: Logger;
  nowMs: () => number;
  keys: ProviderKeys;
  organizations: readonly Organization[];
}
