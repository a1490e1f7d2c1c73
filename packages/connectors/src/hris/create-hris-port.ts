import type { HrisPort } from '@keycourier/journey/ports/hris';

import { createGuard, type ResilienceOptions } from '../resilience.ts';
import { runCall } from '../run-call.ts';
import { readPerson } from './read-person.ts';
import type { HrisSettingsOf } from './settings.ts';

/** Every tenant's HRIS: an HTTP server that answers with JSON. It is only read, and reads are retried. */
export function createHrisPort(
  settingsOf: HrisSettingsOf,
  options: { resilience?: Partial<ResilienceOptions> } = {},
): HrisPort {
  const guard = createGuard('hris', options.resilience);
  return {
    readPerson: (tenant, user) =>
      runCall('hris', 'readPerson', async () =>
        readPerson(settingsOf(tenant), (request) => guard(tenant, 'read', request), user),
      ),
  };
}
