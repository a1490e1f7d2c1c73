import type { FoundPerson } from '@keycourier/journey/hub/person-changes';
import { outsideId } from '@keycourier/journey/model/outside-id';
import type { HubCalls, ListedPerson } from '@keycourier/journey/ports/hub';
import { z } from 'zod';

import { segment } from '../../http/segment.ts';
import { orNull } from '../../run-call.ts';
import { nextPath } from '../registration.ts';
import type { SendToOkta } from '../send.ts';
import { mapProfile, mappedPart, textOf } from './map-profile.ts';

export const personSchema = z.looseObject({
  id: outsideId,
  status: z.string().min(1),
  profile: z.record(z.string(), z.unknown()),
  credentials: z.looseObject({ provider: z.looseObject({ type: z.string() }).nullish() }).nullish(),
});

export type OktaPerson = z.output<typeof personSchema>;

/** A page of users. */
export const peopleSchema = z.array(personSchema);

/** Passwords of these are elsewhere, and their profiles are the org's own. Any other provider owns the profile. */
const ownProviders: readonly string[] = ['OKTA', 'IMPORT', 'FEDERATION', 'SOCIAL'];

export const foundOf = (user: OktaPerson): FoundPerson => ({
  id: user.id,
  status: user.status,
  profile: Object.fromEntries(Object.entries(user.profile).map(([name, value]) => [name, textOf(value)])),
  source: sourceOf(user),
});

function sourceOf({ credentials }: OktaPerson): string | null {
  const provider = credentials?.provider?.type ?? 'OKTA';
  return ownProviders.includes(provider) ? null : provider;
}

/** Okta's own limit for a page of users. */
const pageSize = 200;

/** A group that is gone has no members. */
export async function listSpokePeople(
  send: SendToOkta,
  { groupId, page, mapping }: Parameters<HubCalls['listSpokePeople']>[1],
): Promise<{ people: readonly ListedPerson[]; next: string | null }> {
  const list =
    groupId === null ? '/api/v1/users' : `/api/v1/groups/${encodeURIComponent(segment('okta', groupId))}/users`;
  const read = () => send({ method: 'GET', path: page ?? `${list}?limit=${pageSize}` });
  const answer = groupId === null ? await read() : await orNull(read);
  if (answer === null) return { people: [], next: null };
  return {
    people: peopleSchema
      .parse(answer.json)
      .map(({ id, status, profile }) => ({ userId: id, status, profile: mapProfile(mapping, profile) })),
    next: nextPath(answer.headers['link'] ?? ''),
  };
}

/** A plain list has all but the deactivated users, and a filter has those. */
export async function listHubPeople(
  send: SendToOkta,
  { areDeactivated, page, mapping }: Parameters<HubCalls['listHubPeople']>[1],
): Promise<{ people: readonly FoundPerson[]; next: string | null }> {
  const filter = areDeactivated ? `&filter=${encodeURIComponent('status eq "DEPROVISIONED"')}` : '';
  const { json, headers } = await send({ method: 'GET', path: page ?? `/api/v1/users?limit=${pageSize}${filter}` });
  return {
    people: peopleSchema.parse(json).map((user) => ({
      id: user.id,
      status: user.status,
      source: sourceOf(user),
      profile: mappedPart(mapping, user.profile),
    })),
    next: nextPath(headers['link'] ?? ''),
  };
}
