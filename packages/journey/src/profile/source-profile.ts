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
 * A person's profile, or the named parts of it, from its sources as they are now. The HRIS is asked only where one of
 * these parts may come from it.
 * @throws ConnectorError of the HRIS
 */
export async function readProfile(
  context: Context,
  tenantName: string,
  user: IdentityUser,
  wanted: readonly ProfilePart[] = profilePartNames,
): Promise<SourcedProfile> {
  const { sources } = context.tenant(tenantName);
  const isHrisAsked = wanted.some((part) => sources[part]?.includes('hris') === true);
  const person = isHrisAsked ? await context.hris.readPerson(tenantName, user) : null;
  return sourceProfile({ okta: user.profile, hris: fromHris(person ?? {}) }, sources, wanted);
}

function fromHris(person: Readonly<Partial<Record<ProfileField, string>>>): SourcedProfile {
  return Object.fromEntries(
    Object.entries(person).map(([field, value]) => [field, { value, source: 'hris' }] as const),
  );
}

/**
 * Each part of a profile from the first of its sources that has anything of it. An address is one part: from a source
 * that has a street everything is taken, and nothing filled up from another.
 */
export function sourceProfile(
  readings: SourceProfiles,
  sources: Tenant['sources'],
  wanted: readonly ProfilePart[] = profilePartNames,
): SourcedProfile {
  return Object.assign({}, ...wanted.map((part) => partOf(part, readings, sources[part] ?? ['okta'])));
}

function partOf(part: ProfilePart, readings: SourceProfiles, order: readonly Source[]): SourcedProfile {
  const found = order.map((source) => pick(readings[source] ?? {}, profileParts[part]));
  const had = found.filter((values) => Object.keys(values).length > 0);
  // A country alone is not an address: many a personnel system knows no more.
  return had.find((values) => part !== 'address' || values.streetAddress !== undefined) ?? had[0] ?? {};
}

function pick(profile: SourcedProfile, fields: readonly ProfileField[]): SourcedProfile {
  return Object.fromEntries(
    fields.flatMap((field) => {
      const given = profile[field];
      return given === undefined || given.value.trim() === '' ? [] : [[field, given]];
    }),
  );
}
