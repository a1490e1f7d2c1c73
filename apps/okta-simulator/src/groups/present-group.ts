import type { Group } from './group.ts';

/** The group in the format of the API. */
export function presentGroup(origin: string, group: Group): Record<string, unknown> {
  const self = `${origin}/api/v1/groups/${group.id}`;
  const logo = (name: string): unknown => ({
    name,
    href: `${origin}/img/logos/groups/odyssey/okta-${name}.png`,
    type: 'image/png',
  });
  return {
    id: group.id,
    created: group.created.toISOString(),
    lastUpdated: group.last_updated.toISOString(),
    lastMembershipUpdated: group.last_membership_updated.toISOString(),
    objectClass: ['okta:user_group'],
    type: group.type,
    profile: { name: group.name, description: group.description },
    _links: {
      self: { href: self },
      logo: [logo('medium'), logo('large')],
      users: { href: `${self}/users` },
      apps: { href: `${self}/apps` },
    },
  };
}
