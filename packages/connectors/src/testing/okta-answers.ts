import type { IdentityPort } from '@keycourier/journey/ports/identity';

import { connectOrgs } from '../okta/connect-orgs.ts';
import { createOktaPort } from '../okta/create-okta-port.ts';
import { anyCaller, type Caller } from '../okta/rate-limits.ts';
import type { OktaSettings } from '../okta/settings.ts';
import type { TestServer } from './http-server.ts';

/** Okta's own error body; no error may quote it. */
export const oktaError = {
  errorCode: 'E0000007',
  errorSummary: 'Not found: Resource not found: secret-value (User)',
  errorCauses: [],
};

export const transportKey = { kty: 'EC', crv: 'P-384', use: 'enc', kid: 't1', x: 'x', y: 'y' } as const;

/** A user in Okta's answer. */
export const ada = {
  id: '00uAda',
  status: 'ACTIVE',
  profile: {
    login: 'ada@acme.example',
    email: 'ada@acme.example',
    firstName: 'Ada',
    city: '  ',
    state: null,
    department: 'Engines',
  },
};

export const enrolled = {
  userId: '00uAda',
  fulfillmentProvider: 'yubico',
  pinRequestJwe: 'pin.jwe',
  credRequests: [{ authenticatorEnrollmentId: 'fwf1', keyId: 'key-1', credRequestJwe: 'cred.jwe' }],
};

/** Our port, with a test server as the org. The breaker never opens. */
export function oktaOn(server: TestServer, part: Partial<OktaSettings> = {}, caller: Caller = anyCaller): IdentityPort {
  const auth = { token: () => 'ssws-token' };
  const settings: OktaSettings = { orgUrl: server.url, auth, rpId: 'acme.okta.example', ...part };
  const orgs = connectOrgs(() => settings, { resilience: { retryDelayMs: 1, breakAfter: 1_000 } });
  return createOktaPort(orgs.calledBy(caller));
}
