import type { RegistrationTarget } from '@keycourier/journey/model/registration';
import { z } from 'zod';

import { duration } from './duration.ts';

export const standardAttribute = 'keycourierRegistered';

/** Okta's own attributes: what signs people in or ships their keys is never overwritten (Okta's user profile). */
const baseAttributes: readonly string[] = (
  'login firstName lastName email middleName honorificPrefix honorificSuffix title displayName nickName profileUrl ' +
  'secondEmail mobilePhone primaryPhone streetAddress city state zipCode countryCode postalAddress preferredLanguage ' +
  'locale timezone userType employeeNumber costCenter organization division department managerId manager'
)
  .toLowerCase()
  .split(' ');

const value = z.union([z.boolean(), z.string().min(1).max(100)]);

const attributeSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[A-Za-z]\w{0,59}$/, 'must be a name as Okta has them: letters, digits and "_"')
      .refine((name) => !baseAttributes.includes(name.toLowerCase()), "must not be one of Okta's own attributes")
      .default(standardAttribute),
    type: z.enum(['boolean', 'string']).default('boolean'),
    ready: value.optional(),
    notReady: value.optional(),
  })
  .transform(({ name, type, ready, notReady }) => {
    const [yes, no] = type === 'boolean' ? [true, false] : ['true', 'false'];
    return { name, type, ready: ready ?? yes, notReady: notReady ?? no };
  })
  .superRefine(({ type, ready, notReady }, context) => {
    for (const [key, one] of Object.entries({ ready, notReady }))
      if (typeof one !== type)
        context.addIssue({ code: 'custom', path: [key], message: `must be a ${type}, as type says` });
    if (ready === notReady)
      context.addIssue({ code: 'custom', path: ['notReady'], message: 'must be another value than ready' });
  });

const groupSchema = z
  .strictObject({ id: z.string().min(1).optional(), name: z.string().min(1).optional() })
  .refine(({ id, name }) => (id === undefined) !== (name === undefined), 'needs either an id or a name');

/** Where Okta is shown who has a key that works. */
export const registrationSchema = z
  .strictObject({
    attribute: attributeSchema.optional(),
    group: groupSchema.optional(),
    /** How often what was written is compared with what Okta has. */
    verifyEvery: duration.default(24 * 3_600_000),
  })
  .refine(
    ({ attribute, group }) => attribute !== undefined || group !== undefined,
    'needs an attribute, a group or both',
  );

export type RegistrationConfig = z.output<typeof registrationSchema>;

const folded = (name: string | undefined): string | undefined =>
  name?.normalize('NFKC').trim().replaceAll(/\s+/g, ' ').toLowerCase();

/** Reports a registration group that is also a trigger: each user with a key would be sent another. */
export function checkRegistration(
  {
    registration,
    groups,
  }: {
    registration?: RegistrationConfig | undefined;
    groups: readonly { id?: string | undefined; name?: string | undefined }[];
  },
  issue: (path: (string | number)[], why: string) => void,
): void {
  const group = registration?.group;
  if (group === undefined) return;
  const same = groups.findIndex(
    ({ id, name }) =>
      (group.id !== undefined && id === group.id) || (group.name !== undefined && folded(name) === folded(group.name)),
  );
  if (same >= 0)
    issue(['registration', 'group'], `must not be groups[${same}], whose members get a key: use a group of its own`);
}

/** What the steps need to know of it; null where the tenant has none. */
export function registrationTarget(registration: RegistrationConfig | undefined): RegistrationTarget | null {
  if (registration === undefined) return null;
  const { attribute, group, verifyEvery } = registration;
  return {
    attribute:
      attribute === undefined ? null : { name: attribute.name, ready: attribute.ready, notReady: attribute.notReady },
    group: group === undefined ? null : group.id === undefined ? { name: group.name ?? '' } : { id: group.id },
    verifyEveryMs: verifyEvery,
  };
}
