import { registrationTarget } from '@keycourier/config/registration';
import { ConnectorError } from '@keycourier/journey/ports/errors';
import { z } from 'zod';

import { createSendToOrg, readCredentials, type OrgAccess } from '../../okta/org-access.ts';
import { attributeDifferences, readAttribute } from '../../okta/registration-parts.ts';
import type { Check, TenantUnderCheck } from '../check.ts';
import { type Finding, green, red, skipped, skippedFor, worst, yellow } from '../finding.ts';

type Registration = NonNullable<TenantUnderCheck['config']['registration']>;

/** The attribute and the group that registrations are written to are in the org, as they should be. */
export const registration: Check<TenantUnderCheck> = {
  name: 'okta.registration',
  run: async ({ org, config }) => {
    const { registration: settings } = config;
    if (settings === undefined) return green('Okta is not shown who has a key: there is no registration');
    return checkOrg(org, { settings, setting: 'registration', groupScope: 'okta.groups.read' });
  },
};

/** The same in the hub. */
export const hubRegistration: Check<TenantUnderCheck> = {
  name: 'okta.hub-registration',
  run: async ({ org, config }) => {
    const { hubRegistration: settings, hub, keysIn } = config;
    if (settings === undefined) return green('no hub is shown who has a key: there is no hubRegistration');
    if (keysIn !== 'hub')
      return yellow(
        'hubRegistration is written for keys in the hub alone, and keysIn is not hub',
        'set keysIn: hub, or remove hubRegistration once no key of the hub is in use',
      );
    if (hub === undefined) return skipped('the API named the hub: keycourier registration shows what is wrong there');
    const access = { ...org, config: { ...config, groups: [], okta: { ...config.okta, ...hub } } };
    return checkOrg(access, { settings, setting: 'hubRegistration', groupScope: 'okta.groups.manage' });
  },
};

interface Checked {
  settings: Registration;
  /** Its name in keycourier.yaml. */
  setting: 'registration' | 'hubRegistration';
  /** The one that credentials of this org have. */
  groupScope: string;
}

async function checkOrg(access: OrgAccess, checked: Checked): Promise<Finding> {
  try {
    await readCredentials(access);
    const found = [await attributeOf(access, checked), ...(await groupOf(access, checked))];
    return worst(found, green('the attribute or the group is in the org as it should be'));
  } catch (error) {
    return skippedFor(error);
  }
}

async function attributeOf(access: OrgAccess, { settings: { attribute }, setting }: Checked): Promise<Finding> {
  if (attribute === undefined) return green('none');
  const { name, type } = attribute;
  const where = setting === 'registration' ? '' : '--hub ';
  const fix = `run keycourier okta setup ${where}--registration-attribute ${name}, or fix ${setting}.attribute`;
  try {
    // Requested alone: a token for a scope that was not granted is refused as a whole.
    const found = await readAttribute(createSendToOrg({ ...access, scopes: ['okta.schemas.read'] }), name);
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

async function groupOf(access: OrgAccess, { settings, setting, groupScope }: Checked): Promise<Finding[]> {
  const send = createSendToOrg({ ...access, scopes: [groupScope] });
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
        `${setting}.group is not exactly one group of the org`,
        'name it by its id, or run keycourier okta setup --registration-group',
      ),
    ];
  const isTrigger = access.config.groups.some(({ id, name }) => id === group.id || name === group.profile.name);
  return [
    ...(group.type === 'OKTA_GROUP'
      ? []
      : [red(`${setting}.group is a group of the type ${group.type}`, 'name a group of the type OKTA_GROUP')]),
    ...(isTrigger
      ? [yellow(`${setting}.group is one of groups, whose members get a key`, 'use a group of its own')]
      : []),
  ];
}
