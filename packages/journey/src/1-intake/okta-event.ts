import { z } from 'zod';

import { fulfillmentProvider } from '../ports/fulfillment.ts';

/**
 * An event as Okta's hooks deliver it, parsed tolerantly (invariant 8): targets may be null, come in any order, and hold
 * anything. Only ids are taken from it; names and e-mail addresses in it are text that any user may choose. A login in it
 * may make an event wait, and nothing else.
 */
const target = z
  .looseObject({
    id: z.string().nullish().catch(null),
    type: z.string().nullish().catch(null),
    alternateId: z.string().nullish().catch(null),
    detailEntry: z.record(z.string(), z.unknown()).nullish().catch(null),
  })
  .catch({});

export const oktaEvent = z.looseObject({
  uuid: z.string().min(1).max(256),
  eventType: z.string().min(1).max(256),
  published: z.string().nullish().catch(null),
  target: z.array(target).nullish(),
  outcome: z.looseObject({ result: z.string().nullish() }).nullish(),
});

type OktaEvent = z.infer<typeof oktaEvent>;

export interface PreregistrationDetail {
  fulfillmentProvider: string | null;
  productId: string | null;
  inventoryProductId: string | null;
  customizationId: string | null;
}

/** What an event asks for, by its own content alone: no service is called for it. */
export type ParsedEvent =
  | { kind: 'group-add'; userId: string; groupId: string }
  | { kind: 'mfa-initiated'; userId: string; detail: PreregistrationDetail }
  | { kind: 'profile-changed'; userId: string; login: string | null }
  | { kind: 'group-remove'; userId: string; groupId: string }
  | { kind: 'deactivated'; userId: string }
  | { kind: 'ignored'; reason: string };

export function parseEvent(event: OktaEvent): ParsedEvent {
  const ignored = (reason: string): ParsedEvent => ({ kind: 'ignored', reason });
  if (!isSuccess(event)) return ignored('the event reports no success');
  const userId = targetId(event, 'User');
  switch (event.eventType) {
    case 'group.user_membership.add': {
      const groupId = targetId(event, 'UserGroup');
      if (userId === null || groupId === null) return ignored('the event names no user and group, as a preview does');
      return { kind: 'group-add', userId, groupId };
    }
    case 'system.mfa.preregister.initiate': {
      const detail = preregistrationDetail(event);
      if (userId === null || detail === null) return ignored('the event names no user and product, as a preview does');
      if (detail.fulfillmentProvider?.toLowerCase() !== fulfillmentProvider)
        return ignored('another fulfillment provider');
      return { kind: 'mfa-initiated', userId, detail };
    }
    case 'group.user_membership.remove': {
      const groupId = targetId(event, 'UserGroup');
      if (userId === null || groupId === null) return ignored('the event names no user and group, as a preview does');
      return { kind: 'group-remove', userId, groupId };
    }
    case 'user.lifecycle.deactivate':
      return userId === null ? ignored('the event names no user') : { kind: 'deactivated', userId };
    case 'user.account.update_profile':
      return userId === null
        ? ignored('the event names no user')
        : { kind: 'profile-changed', userId, login: targetLogin(event) };
    default:
      return ignored('not an event that asks for a key');
  }
}

/** Okta sends SUCCESS; a preview has been seen with "Success". An event without an outcome counts as successful. */
const isSuccess = ({ outcome }: OktaEvent): boolean => (outcome?.result ?? 'SUCCESS').toUpperCase() === 'SUCCESS';

/** The id of the first target of a type; positions mean nothing. */
function targetId(event: OktaEvent, type: 'User' | 'UserGroup'): string | null {
  const found = (event.target ?? []).find((one) => one.type === type && typeof one.id === 'string' && one.id !== '');
  return found?.id ?? null;
}

/** The login that the event has for its user; null where it has none. */
function targetLogin(event: OktaEvent): string | null {
  return (event.target ?? []).find(({ type }) => type === 'User')?.alternateId || null;
}

/**
 * The detail of `system.mfa.preregister.initiate`: on the target that names a fulfillment provider, in camelCase as on
 * the wire or in the snake_case of Okta's event catalog. All values are strings.
 */
function preregistrationDetail(event: OktaEvent): PreregistrationDetail | null {
  for (const { detailEntry } of event.target ?? []) {
    const read = (...names: readonly string[]): string | null => {
      const value = names.map((name) => detailEntry?.[name]).find((one) => typeof one === 'string' && one !== '');
      return typeof value === 'string' ? value : null;
    };
    const provider = read('fulfillmentProvider', 'fulfillment_provider');
    if (provider === null) continue;
    return {
      fulfillmentProvider: provider,
      productId: read('yubicoProductId', 'yubico_product_id'),
      inventoryProductId: read('yubicoInventoryProductId', 'yubico_inventory_product_id'),
      customizationId: read('yubicoCustomizationId', 'yubico_customization_id'),
    };
  }
  return null;
}
