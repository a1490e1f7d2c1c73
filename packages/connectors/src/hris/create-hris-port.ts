import { ConnectorError } from '@keycourier/journey/ports/errors';
import type { HrisPort } from '@keycourier/journey/ports/hris';

import { createGuard, type ResilienceOptions } from '../resilience.ts';
import { runCall } from '../run-call.ts';
import { readPerson } from './read-person.ts';
import type { HrisSettingsOf } from './settings.ts';

/** Every tenant's HRIS: an HTTP server that answers with JSON. It is only read, and reads are retried. */
export function createHrisPort(
  settingsOf: HrisSettingsOf,
  options: { resilience?: Partial<ResilienceOptions>; nowMs?: () => number } = {},
): HrisPort {
  const guard = createGuard('hris', options.resilience);
  const nowMs = options.nowMs ?? Date.now;
  const answeredAtMs = new Map<string, number>();
  return {
    readPerson: (tenant, user) =>
      runCall('hris', 'readPerson', async () => {
        const person = await readPerson(settingsOf(tenant), (request) => guard(tenant, 'read', request), user).catch(
          (error: unknown) => {
            const sinceMs = nowMs() - (answeredAtMs.get(tenant) ?? Number.NEGATIVE_INFINITY);
            throw isForbidden(error) && sinceMs > countsForMs ? unsettled(error) : error;
          },
        );
        answeredAtMs.set(tenant, nowMs());
        return person;
      }),
  };
}

/**
 * An HRIS has no neutral request that we know of: that it answered for another person lately shows that a 403 is not about
 * the credentials.
 */
const countsForMs = 10 * 60_000;

const isForbidden = (error: unknown): error is ConnectorError =>
  error instanceof ConnectorError && error.fault === 'forbidden';

const unsettled = ({ message }: ConnectorError): ConnectorError =>
  new ConnectorError({ service: 'hris', fault: 'unauthorized' }, message, { status: 403 });
