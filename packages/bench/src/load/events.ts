import { randomUUID } from 'node:crypto';

import { product } from '../stand-ins/people.ts';

/** An event as Okta's hooks deliver it, around its uuid and its user: some 1,100 bytes. */
const [beforeUuid = '', beforeUser = '', afterUser = ''] = JSON.stringify({
  uuid: '<>',
  published: new Date().toISOString(),
  eventType: 'system.mfa.preregister.initiate',
  version: '0',
  severity: 'INFO',
  displayMessage: 'Initiate the fulfillment of a pre-registered authenticator',
  actor: { id: '00u1', type: 'User', alternateId: 'admin@acme.example', displayName: 'Admin', detailEntry: null },
  client: {
    userAgent: { rawUserAgent: 'Mozilla/5.0 (X11; Linux x86_64)', os: 'Linux', browser: 'FIREFOX' },
    zone: 'null',
    device: 'Computer',
    id: null,
    ipAddress: '192.0.2.1',
    geographicalContext: null,
    ipChain: [],
  },
  target: [
    { id: '<>', type: 'User', alternateId: 'someone@acme.example', displayName: 'Noor Haddad', detailEntry: null },
    {
      id: 'fwf1',
      type: 'AuthenticatorEnrollment',
      alternateId: 'unknown',
      displayName: 'YubiKey',
      detailEntry: {
        fulfillmentProvider: 'yubico',
        yubicoProductId: product.productId,
        yubicoInventoryProductId: product.inventoryProductId,
        yubicoCustomizationId: product.customizationId,
      },
    },
  ],
  outcome: { result: 'SUCCESS', reason: null },
  transaction: { type: 'WEB', id: 'x', detail: {} },
  debugContext: { debugData: { requestUri: '/webauthn-registration/api/v1/initiate-fulfillment-request' } },
  authenticationContext: { authenticationStep: 0, externalSessionId: 'unknown' },
}).split('<>');

const event = (userId: string): string => `${beforeUuid}${randomUUID()}${beforeUser}${userId}${afterUser}`;

/** The body of a delivery that asks for a key for each of the users. */
export const delivery = (userIds: readonly string[]): string =>
  `{"eventId":"${randomUUID()}","eventType":"com.okta.event_hook","data":{"events":[${userIds.map(event).join(',')}]}}`;
