import { registrationTarget } from '@keycourier/config/registration';
import type { SendToOkta } from '@keycourier/connectors/okta/send';
import { ConnectorError } from '@keycourier/journey/ports/errors';
import { z } from 'zod';

import { createSendToOrg, readCredentials } from '../../okta/org-access.ts';
import { attributeDifferences, readAttribute } from '../../okta/registration-parts.ts';
import type { Check, TenantUnderCheck } from '../check.ts';
import { type Finding, green, red, skipped, skippedFor, worst, yellow } from '../finding.ts';

type Registration = NonNullable<TenantUnderCheck['config']['registration']>;

/** The attribute and the group that registrations are written to are in the org, as they should be. */
export const registration: Check<TenantUnderCheck> = {
  name: 'okta.registration',
  run: async ({ org: access, config }) => {
    const { registration: settings } = config;
    if (settings === undefined) return green('Okta is not shown who has a key: there is no registration');
    try {
      await readCredentials(access);
      const send = createSendToOrg({ ...access, scopes: ['okta.users.read', 'okta.groups.read', 'okta.schemas.read'] });
      const found = [await attributeOf(send, settings), ...(await groupOf(send, settings, config))];
      return worst(found, green('the attribute or the group is in the org as it should be'));
    } catch (error) {
      return skippedFor(error);
    }
  },
};

async function attributeOf(send: SendToOkta, { attribute }: Registration): Promise<Finding> {
  if (attribute === undefined) return green('none');
  const { name, type } = attribute;
  const fix = `run keycourier okta setup --registration-attribute ${name}, or fix registration.attribute`;
  try {
    const found = await readAttribute(send, name);
    if (found === null) return red(`the org has no attribute ${name}`, fix);
    const differences = attributeDifferences(found, type);
    return differences.length === 0 ? green('right') : red(`the attribute ${name}: ${differences.join('; ')}`, fix);
  } catch (error) {
    const isScope = error instanceof ConnectorError && error.fault === 'unauthorized';
    if (!isScope) throw error;
    return skipped('the schema cannot be read without okta.schemas.read: whether the attribute is right is not known');
  }
}

const groups = z.array(
  z.looseObject({ id: z.string(), type: z.string(), profile: z.looseObject({ name: z.string() }) }),
);

async function groupOf(
  send: SendToOkta,
  settings: Registration,
  config: TenantUnderCheck['config'],
): Promise<Finding[]> {
  const wanted = registrationTarget(settings)?.group ?? null;
  if (wanted === null) return [];
  const query =
    wanted.id === undefined
      ? `q=${encodeURIComponent(wanted.name)}`
      : `filter=${encodeURIComponent(`id eq "${wanted.id}"`)}`;
  const { json } = await send({ method: 'GET', path: `/api/v1/groups?${query}` });
  const [group, ...others] = groups
    .parse(json)
    .filter(({ id, profile }) => id === wanted.id || profile.name === wanted.name);
  if (group === undefined || others.length > 0)
    return [
      red(
        'registration.group is not exactly one group of the org',
        'name it by its id, or run keycourier okta setup --registration-group',
      ),
    ];
  const isTrigger = config.groups.some(({ id, name }) => id === group.id || name === group.profile.name);
  return [
    ...(group.type === 'OKTA_GROUP'
      ? []
      : [red(`registration.group is a group of the type ${group.type}`, 'name a group of the type OKTA_GROUP')]),
    ...(isTrigger
      ? [yellow('registration.group is one of groups, whose members get a key', 'use a group of its own')]
      : []),
  ];
}
