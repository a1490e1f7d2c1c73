import { z } from 'zod';

/**
 * The parts that a profile is sourced by, with their Okta attributes. packages/journey has the same (shipment.ts,
 * profileParts), which this package does not know; a test of the worker, which knows both, holds them together.
 */
export const profileParts = {
  firstName: ['firstName'],
  lastName: ['lastName'],
  email: ['email'],
  secondEmail: ['secondEmail'],
  primaryPhone: ['primaryPhone'],
  organization: ['organization'],
  address: ['streetAddress', 'city', 'state', 'zipCode', 'countryCode'],
} as const;

export type ProfilePart = keyof typeof profileParts;

const partNames = z.enum(['firstName', 'lastName', 'email', 'secondEmail', 'primaryPhone', 'organization', 'address']);
const attributeNames = z.enum(Object.values(profileParts).flat());
type Attribute = z.infer<typeof attributeNames>;

/** Where PINs are mailed to. */
const pinAddresses = ['email', 'secondEmail'] as const;

/** An address is read whole or not at all, so a mapping of one has what every address has. */
const neededOfAddress = ['streetAddress', 'city', 'zipCode', 'countryCode'] as const;

/** Okta's names of attributes, each with the JSONata expression that finds it in the answer of the HRIS. */
export const hrisMapping = z
  .partialRecord(attributeNames, z.string().min(1))
  .refine((mapping) => Object.keys(mapping).length > 0, 'maps nothing');

/** For each part of a profile, who is asked first. */
export const sources = z.partialRecord(
  partNames,
  z
    .array(z.enum(['okta', 'hris']))
    .min(1)
    .refine((all) => new Set(all).size === all.length, 'names a source twice'),
);

interface Given {
  hris?: { mapping: Partial<Record<Attribute, string>>; pinAddresses: boolean } | undefined;
  sources?: Sources | undefined;
}

type Sources = z.output<typeof sources>;
type Issue = (path: string[], message: string) => void;

/** What `hris` and `sources` say is of use together. */
export function checkSources(given: Given, issue: Issue): void {
  if (given.hris !== undefined) checkMapping(given.hris, issue);
  const fromHris = partsFromHris(given);
  for (const part of fromHris) {
    if (given.hris === undefined) issue(['sources', part], 'names hris, and the tenant has no hris');
    else if (!isMapped(part, given.hris)) issue(['sources', part], 'names hris, and hris.mapping has nothing of it');
    if (pinAddresses.some((name) => name === part) && given.hris?.pinAddresses !== true)
      issue(['sources', part], 'is where PINs go: from hris only with hris.pinAddresses true');
  }
  if (given.hris !== undefined && fromHris.length === 0) issue(['hris'], 'is never read: sources does not name it');
}

function checkMapping({ mapping, pinAddresses: isOptedIn }: NonNullable<Given['hris']>, issue: Issue): void {
  for (const name of pinAddresses)
    if (name in mapping && !isOptedIn)
      issue(['hris', 'mapping', name], 'is where PINs go: mapped only with hris.pinAddresses true');
  const missing = neededOfAddress.filter((name) => !(name in mapping));
  if (isMapped('address', { mapping }) && missing.length > 0)
    issue(['hris', 'mapping'], `has a part of an address alone: ${missing.join(', ')} missing`);
}

function partsFromHris(given: Given): ProfilePart[] {
  return partNames.options.filter((part) => sourcesOf(given)[part]?.includes('hris') === true);
}

const isMapped = (part: ProfilePart, { mapping }: Pick<NonNullable<Given['hris']>, 'mapping'>): boolean =>
  profileParts[part].some((attribute) => attribute in mapping);

/** A tenant's sources. Where it names none, its HRIS comes first for whatever is mapped, and Okta stands in for it. */
export function sourcesOf({ hris, sources: given }: Given): Sources {
  if (given !== undefined || hris === undefined) return given ?? {};
  const mapped = partNames.options.filter((part) => isMapped(part, hris));
  return Object.fromEntries(mapped.map((part) => [part, ['hris', 'okta'] as const]));
}
