import {
  profileFields,
  profilePartNames,
  profileParts,
  sources,
  type ProfileField,
  type ProfilePart,
} from '@keycourier/journey/model/profile';
import { z } from 'zod';

import { secretReference } from './secrets.ts';

/** Where PINs are mailed to. */
const pinAddresses = ['email', 'secondEmail'] as const;

/** An address is read whole or not at all, so a mapping of an address has the attributes that every address has. */
const requiredOfAddress = ['streetAddress', 'city', 'zipCode', 'countryCode'] as const;

/** An HRIS: one GET for each person, answered with JSON. The worker compiles URL and mapping when it starts. */
export const hrisSchema = z.strictObject({
  url: z.string().min(1),
  auth: z.union([
    z.strictObject({ bearer: secretReference }),
    z.strictObject({
      basic: z.strictObject({
        user: z.string().regex(/^[^:\p{Cc}]+$/u, 'must be text without a colon'),
        password: secretReference,
      }),
    }),
  ]),
  /** Okta's names of attributes, each with the JSONata expression for its value in the HRIS's answer. */
  mapping: z
    .partialRecord(z.enum(profileFields), z.string().min(1))
    .refine((mapping) => Object.keys(mapping).length > 0, 'maps no attribute'),
  /** Whether PINs may go to addresses from the HRIS. */
  pinAddresses: z.boolean().default(false),
});

/** For each part of a profile, its sources in order of precedence. */
export const sourcesSchema = z.partialRecord(
  z.enum(profilePartNames),
  z
    .array(z.enum(sources))
    .min(1)
    .refine((all) => new Set(all).size === all.length, 'names a source twice'),
);

interface ProfileSettings {
  hris?: { mapping: Partial<Record<ProfileField, string>>; pinAddresses: boolean } | undefined;
  sources?: Sources | undefined;
}

type Sources = z.output<typeof sourcesSchema>;
type Issue = (path: string[], message: string) => void;

/** Reports settings of `hris` and `sources` that do not fit together. */
export function checkSources(settings: ProfileSettings, issue: Issue): void {
  const { hris } = settings;
  for (const part of pinAddresses)
    if (settings.sources?.[part]?.includes('scim') === true)
      issue(['sources', part], 'is an address for PINs: it never comes from scim, since a SCIM client may change it');
  if (hris !== undefined) checkMapping(hris, issue);
  const fromHris = profilePartNames.filter((part) => sourcesOf(settings)[part]?.includes('hris') === true);
  for (const part of fromHris) {
    if (hris === undefined) issue(['sources', part], 'names hris, but the tenant has no hris');
    else if (!isMapped(part, hris))
      issue(['sources', part], 'names hris, but hris.mapping maps none of its attributes');
    if (pinAddresses.some((name) => name === part) && hris?.pinAddresses !== true)
      issue(['sources', part], 'is an address for PINs: it may come from hris only with hris.pinAddresses true');
  }
  if (hris !== undefined && fromHris.length === 0) issue(['hris'], 'is never read: sources does not name it');
}

function checkMapping({ mapping, pinAddresses: isOptedIn }: NonNullable<ProfileSettings['hris']>, issue: Issue): void {
  for (const name of pinAddresses)
    if (name in mapping && !isOptedIn)
      issue(['hris', 'mapping', name], 'is an address for PINs: it may be mapped only with hris.pinAddresses true');
  const missing = requiredOfAddress.filter((name) => !(name in mapping));
  if (isMapped('address', { mapping }) && missing.length > 0)
    issue(['hris', 'mapping'], `maps only a part of the address: ${missing.join(', ')} missing`);
}

const isMapped = (part: ProfilePart, { mapping }: Pick<NonNullable<ProfileSettings['hris']>, 'mapping'>): boolean =>
  profileParts[part].some((attribute) => attribute in mapping);

/** A tenant's sources. By default, its HRIS takes precedence over Okta for every part that it maps. */
export function sourcesOf({ hris, sources: named }: ProfileSettings): Sources {
  if (named !== undefined || hris === undefined) return named ?? {};
  const mapped = profilePartNames.filter((part) => isMapped(part, hris));
  return Object.fromEntries(mapped.map((part) => [part, ['hris', 'okta'] as const]));
}
