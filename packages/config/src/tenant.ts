import { orgKinds } from '@keycourier/journey/model/hub-user';
import { addressOverrides } from '@keycourier/journey/model/tenant';
import { z } from 'zod';

import { catchUpSchema } from './catch-up.ts';
import { duration } from './duration.ts';
import { pollingSchema, stockSchema } from './polling.ts';
import { checkGroups, checkPurposes, groupSchema, productSchema } from './products.ts';
import { checkSources, hrisSchema, sourcesSchema } from './profile-sources.ts';
import { refusals } from './refusals.ts';
import { groupProblems, productProblems, referenceProblems } from './refusals/duplicates.ts';
import { mailFrom } from './refusals/mail-from.ts';
import type { Problem } from './refusals/urls.ts';
import { checkRegistration, registrationSchema } from './registration.ts';
import { secretReference } from './secrets.ts';

const oktaAuth = z.union([
  z.strictObject({ token: secretReference }),
  z.strictObject({
    clientId: z.string().min(1),
    /** PEM (PKCS#8) or JWK, RSA or EC. */
    privateKey: secretReference,
    /** The registered key's `kid`, where the key is PEM and the app has several. */
    keyId: z.string().min(1).optional(),
    /** The key's last day, where an administrator decided on one: Okta has none. */
    keyExpires: z.iso.date().optional(),
  }),
]);

/** The org where the tenant's people sign in, if that is another than the one that they are kept in. */
const hubSchema = z.strictObject({ orgUrl: z.url(), auth: oktaAuth, rpId: z.string().min(1).optional() });

const oktaSchema = z.strictObject({
  orgUrl: z.url(),
  auth: oktaAuth,
  rpId: z.string().min(1).optional(),
  /** Of the org's rate limits, what batches and dry runs may use; the rest is for its other callers. */
  rateLimitShare: z.number().min(0.05).max(1).default(0.5),
});

const fulfillmentSchema = z.strictObject({
  apiUrl: z.url(),
  keysUrl: z.url(),
  token: secretReference,
  /** The token's last day, where it has one: a warning a month before. */
  tokenExpires: z.iso.date().optional(),
  deliveryType: z.union([z.literal(1), z.literal(2)]).default(1),
  /** This provider encrypts a copy of each PIN to our key, by an agreement outside its API; channel `smtp` needs it. */
  pinCopy: z.boolean().default(false),
  /** A copy without a signature, from a provider that publishes no signing key. Where it publishes one: always a hold. */
  unsignedPinCopies: z.enum(['hold', 'accept']).default('hold'),
});

const pinSchema = z.strictObject({
  recipient: z.enum(['auto', 'both']).default('auto'),
  channel: z.enum(['smtp', 'okta']).default('smtp'),
  release: z.enum(['on_activation', 'on_delivery', 'on_receipt']).default('on_activation'),
  /** Of a tenant whose keys are in the hub: the org whose addresses PINs go to. */
  addressesFrom: z.enum(orgKinds).default('spoke'),
});

const mailSchema = z.strictObject({
  from: mailFrom,
  smtp: z.union([z.url(), secretReference]),
  plain: z.boolean().default(false),
});

/** Whether people may say where a key goes instead of the tenant's sources, beside the scope that they need for it. */
const addressesSchema = z.strictObject({
  overrides: z.enum(addressOverrides).default('allowed'),
});

/** For how many days personal data is kept after its last use; then the worker erases it. */
const retentionSchema = z.strictObject({
  personalDataDays: z.int().min(1).max(3_650).default(90),
  eventBodyDays: z.int().min(1).max(3_650).default(30),
  auditDays: z.int().min(1).max(3_650).default(730),
});

/** A list without the problems that its entries have with each other. */
function without<List extends z.ZodType>(problems: (list: z.output<List>) => Problem[], list: List) {
  return list.superRefine((entries, context) => {
    for (const { path, message } of problems(entries)) context.addIssue({ code: 'custom', path, message });
  });
}

/** Host names have no letter case; URL folds them. */
const isSameOrg = (one: string, other: string): boolean => new URL(one).host === new URL(other).host;

/** One tenant of keycourier.yaml. */
export const tenantSchema = z
  .strictObject({
    okta: oktaSchema,
    hub: hubSchema.optional(),
    /** The org where the keys of its people are registered; of a hub that the API named, too. */
    keysIn: z.enum(orgKinds).default('spoke'),
    hook: z.strictObject({ secrets: without(referenceProblems, z.array(secretReference).min(1).max(2)) }),
    catchUp: catchUpSchema.prefault({}),
    fulfillment: fulfillmentSchema,
    hris: hrisSchema.optional(),
    sources: sourcesSchema.optional(),
    products: without(productProblems, z.array(productSchema).min(1)),
    groups: without(groupProblems, z.array(groupSchema)).default([]),
    registration: registrationSchema.optional(),
    /** The same in the hub, for those whose keys are there. */
    hubRegistration: registrationSchema.optional(),
    pin: pinSchema.prefault({}),
    mail: mailSchema.optional(),
    polling: pollingSchema.prefault({}),
    stock: stockSchema.prefault({}),
    reconcileAfter: duration.default(120_000),
    /** How long open shipments of a person whom a SCIM client deactivated are only held. */
    deactivationGrace: duration.default(3_600_000),
    addresses: addressesSchema.prefault({}),
    retention: retentionSchema.prefault({}),
    /** Whether operators can search for people by their names. */
    search: z.strictObject({ names: z.boolean().default(true) }).prefault({}),
    maxRequestsInFlight: z.int().min(1).max(100).default(1),
  })
  .superRefine((tenant, context) => {
    const issue = (path: (string | number)[], message: string): void =>
      context.addIssue({ code: 'custom', path, message });
    const { channel, recipient } = tenant.pin;
    if (channel === 'smtp' && !tenant.fulfillment.pinCopy)
      issue(
        ['pin', 'channel'],
        'smtp needs a provider that encrypts a copy of the PIN to our key (fulfillment.pinCopy); use okta',
      );
    if (channel === 'smtp' && tenant.mail === undefined) issue(['mail'], 'is required for pin.channel smtp');
    if (channel === 'okta' && recipient === 'both')
      issue(['pin', 'recipient'], 'both is not possible with channel okta: Okta chooses the address');
    if (tenant.keysIn === 'hub' && channel === 'okta' && tenant.pin.addressesFrom === 'spoke')
      issue(['pin', 'addressesFrom'], 'must be hub with channel okta: the org of the key mails its PIN');
    if (tenant.keysIn === 'spoke' && tenant.pin.addressesFrom === 'hub')
      issue(['pin', 'addressesFrom'], 'hub needs keysIn hub');
    if (tenant.hub !== undefined && isSameOrg(tenant.hub.orgUrl, tenant.okta.orgUrl))
      issue(['hub', 'orgUrl'], refusals.ownHub());
    checkSources(tenant, issue);
    checkPurposes(tenant.products, issue);
    checkGroups(tenant, issue);
    checkRegistration(tenant, issue);
  });

export type TenantConfig = z.output<typeof tenantSchema>;
