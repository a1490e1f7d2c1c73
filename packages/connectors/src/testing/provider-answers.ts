import type { FulfillmentPort } from '@keycourier/journey/ports/fulfillment';

import { createFulfillmentPort } from '../fulfillment/create-fulfillment-port.ts';
import type { FulfillmentSettings } from '../fulfillment/settings.ts';
import type { TestServer } from './http-server.ts';

/** The provider's error body; no error may quote it. */
export const providerError = {
  code: 400,
  message: 'secret-value',
  errors: [{ field: 'recipient.recipient_telephone', message: 'secret-value is wrong' }],
};

/** An order in the provider's answer. */
export const placed = { shipment_id: 'abc', shipment_state: { shipment_state_id: 3 } };

/** Our port, with a test server as the provider. The breaker never opens. */
export function providerOn(
  server: TestServer,
  part: Partial<FulfillmentSettings> = {},
  nowMs: () => number = Date.now,
): FulfillmentPort {
  const settings = { apiUrl: `${server.url}/v1`, keysUrl: server.url, token: () => 'bearer-token', ...part };
  return createFulfillmentPort(() => settings, { resilience: { retryDelayMs: 1, breakAfter: 1_000 }, nowMs });
}
