import { z } from 'zod';

/**
 * An event as Okta's hooks deliver it, read tolerantly (invariant 8): targets may be null, come in any order, and hold
 * anything. Only ids are taken from it; names and e-mail addresses in it are somebody's text. A login in it may make an
 * event wait, and nothing else.
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

export type OktaEvent = z.infer<typeof oktaEvent>;

/** The id of the first target of a type; positions mean nothing. */
export function targetId(event: OktaEvent, type: 'User' | 'UserGroup'): string | null {
  const found = (event.target ?? []).find((one) => one.type === type && typeof one.id === 'string' && one.id !== '');
  return found?.id ?? null;
}

/** The login that the event says its user has; null where it says none. */
export function targetLogin(event: OktaEvent): string | null {
  return (event.target ?? []).find(({ type }) => type === 'User')?.alternateId || null;
}

export interface PreregistrationDetail {
  fulfillmentProvider: string | null;
  productId: string | null;
  inventoryProductId: string | null;
  customizationId: string | null;
}

/**
 * The detail of `system.mfa.preregister.initiate`: on the target that names a fulfillment provider, in camelCase as on
 * the wire or in the catalog's snake_case (Okta's event catalog). All values are strings.
 */
export function preregistrationDetail(event: OktaEvent): PreregistrationDetail | null {
  for (const { detailEntry } of event.target ?? []) {
    const read = (...names: readonly string[]): string | null => {
      const value = names.map((name) => detailEntry?.[name]).find((one) => typeof one === 'string' && one !== '');
      return typeof value === 'string' ? value : null;
    };
    const fulfillmentProvider = read('fulfillmentProvider', 'fulfillment_provider');
    if (fulfillmentProvider === null) continue;
    return {
      fulfillmentProvider,
      productId: read('yubicoProductId', 'yubico_product_id'),
      inventoryProductId: read('yubicoInventoryProductId', 'yubico_inventory_product_id'),
      customizationId: read('yubicoCustomizationId', 'yubico_customization_id'),
    };
  }
  return null;
}

/** Okta writes SUCCESS; a preview has been seen to write "Success". No outcome at all counts as one. */
export const isSuccess = ({ outcome }: OktaEvent): boolean =>
  (outcome?.result ?? 'SUCCESS').toUpperCase() === 'SUCCESS';
