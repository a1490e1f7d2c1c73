import { oktaEvent, subjectOf } from '@keycourier/journey/1-intake/okta-event';

import type { Ledger } from '../connect-ledger.ts';
import { loginIndexOf } from '../shipments/person.ts';

/** Okta's uuids of events and of deliveries. What looks otherwise is text that others wrote. */
export const oktaUuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Okta's event types: one of its namespaces, then words with dots between (Okta's catalog of event types). */
const oktaEventType =
  /^(?:access|account|ai|analytics|app|application|certification|core|credential|device|directory|entitlement|event_hook|governance|group|iam|inline_hook|integration|mim|network_zone|oauth2|org|pam|pki|plan|platform|policy|principal_rate_limit|rate_limit|realm|report|request|resource|role|scheduled_action|scim|security|self_service|support|system|task|transaction|universal_directory|user|workflow|workflows|zone)(?:\.[a-z0-9_]{1,64}){1,8}$/i;

/** What this version itself writes in place of a type. */
const ownTypes: readonly string[] = ['unreadable'];

const keyed = ({ sealing }: Ledger, ...parts: readonly string[]): string =>
  `hmac:${sealing.blindIndex(parts.join('\n'))}`;

/**
 * The text under which an event is known: Okta's own uuid as it is, anything else as a keyed hash, so that nothing that
 * others wrote is kept in clear and equal texts of a tenant stay equal.
 */
export const storedUuid = (ledger: Ledger, tenant: string, uuid: string): string =>
  oktaUuid.test(uuid) ? uuid : keyed(ledger, 'event uuid', tenant, uuid);

export const storedEventType = (ledger: Ledger, tenant: string, eventType: string): string =>
  oktaEventType.test(eventType) || ownTypes.includes(eventType)
    ? eventType
    : keyed(ledger, 'event type', tenant, eventType);

/** The blind index of an Okta user id in events. */
export const userIndexOf = ({ sealing }: Ledger, tenant: string, userId: string): string =>
  sealing.blindIndex(['event user', tenant, userId].join('\n'));

export interface PersonIndexes {
  userIndex: string | null;
  loginIndex: string | null;
}

/** Blind indexes of the user that an event names; by its own word, which counts for looking it up and for nothing else. */
export function personIndexesOf(ledger: Ledger, tenant: string, body: unknown): PersonIndexes {
  const parsed = oktaEvent.safeParse(body);
  const { userId, login } = parsed.success ? subjectOf(parsed.data) : { userId: null, login: null };
  return {
    userIndex: userId === null ? null : userIndexOf(ledger, tenant, userId),
    loginIndex: login === null ? null : loginIndexOf(ledger, login),
  };
}
