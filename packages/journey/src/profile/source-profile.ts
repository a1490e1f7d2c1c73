import {
  profileParts,
  profilePartNames,
  type ProfileField,
  type ProfilePart,
  type SourcedProfile,
} from '../model/profile.ts';
import type { Source } from '../model/profile.ts';
import type { Tenant } from '../model/tenant.ts';
import type { Context } from '../ports/context.ts';
import type { IdentityUser } from '../ports/identity.ts';

export type SourceProfiles = Readonly<Partial<Record<Source, SourcedProfile | null>>>;

/**
 * A user's profile, or the named parts of it, as its sources have it now. The HRIS and the directory are read only where
 * one of these parts may come from them.
 * @throws ConnectorError of the HRIS
 */
export async function readProfile(
  context: Context,
  { tenant, user, parts = profilePartNames }: { tenant: string; user: IdentityUser; parts?: readonly ProfilePart[] },
): Promise<SourcedProfile> {
  const { sources } = context.tenant(tenant);
  const isNamed = (source: Source): boolean => parts.some((part) => sources[part]?.includes(source) === true);
  const person = isNamed('hris') ? await context.hris.readPerson(tenant, user) : null;
  const sought = { personId: null, userId: user.id, login: user.login };
  const provisioned = isNamed('scim') ? await context.directory.readProfile(tenant, sought) : null;
  const profiles = { okta: user.profile, hris: from('hris', person ?? {}), scim: from('scim', provisioned ?? {}) };
  return sourceProfile(profiles, sources, parts);
}

function from(source: Source, values: Readonly<Partial<Record<ProfileField, string>>>): SourcedProfile {
  return Object.fromEntries(Object.entries(values).map(([field, value]) => [field, { value, source }] as const));
}

/**
 * Each part of a profile from the first of its sources that has a value. An address is one part: it is taken whole from
 * the first source that has a street, and never completed from another.
 */
export function sourceProfile(
  profiles: SourceProfiles,
  sources: Tenant['sources'],
  parts: readonly ProfilePart[] = profilePartNames,
): SourcedProfile {
  return Object.assign({}, ...parts.map((part) => partOf(part, profiles, sources[part] ?? ['okta'])));
}

function partOf(part: ProfilePart, profiles: SourceProfiles, order: readonly Source[]): SourcedProfile {
  const found = order.map((source) => pick(profiles[source] ?? {}, profileParts[part]));
  const had = found.filter((values) => Object.keys(values).length > 0);
  // A country alone is not an address, but some HRIS hold only that.
  return had.find((values) => part !== 'address' || values.streetAddress !== undefined) ?? had[0] ?? {};
}

function pick(profile: SourcedProfile, fields: readonly ProfileField[]): SourcedProfile {
  return Object.fromEntries(
    fields.flatMap((field) => {
      const sourced = profile[field];
      return sourced === undefined || sourced.value.trim() === '' ? [] : [[field, sourced]];
    }),
  );
}
