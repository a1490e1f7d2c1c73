import { refusals } from '@keycourier/config/refusals';
import type { TenantConfig } from '@keycourier/config/tenant';
import type { SendToOkta } from '@keycourier/connectors/okta/send';
import { ConnectorError } from '@keycourier/journey/ports/errors';
import { z } from 'zod';

import { createSendToOrg, readCredentials } from '../../okta/org-access.ts';
import type { Check, TenantUnderCheck } from '../check.ts';
import { type Finding, green, red, skippedFor, worst, yellow } from '../finding.ts';

const groupSchema = z.looseObject({ id: z.string(), profile: z.looseObject({ name: z.string() }) });

/** An entry of `groups`, with the group that the org has for it. */
interface Found {
  place: string;
  written: string;
  group: { id: string; name: string } | null;
  /** A group of the org whose name differs by letter case alone. */
  similar: string | null;
}

/** Every group of the config file is in the org, and no two entries are one group: one by its id, the other by its name. */
export const groups: Check<TenantUnderCheck> = {
  name: 'okta.groups',
  run: async ({ org: access, config }) => {
    const entries = [...config.groups.entries()].filter(([, { id }]) => id === undefined || !isOfDirectory(id));
    if (entries.length === 0) return green('none is mapped to a product');
    try {
      await readCredentials(access);
      const send = createSendToOrg(access);
      const found = await Promise.all(entries.map(([index, entry]) => find(send, entry, index)));
      return worst(
        [...sameGroups(found), ...found.flatMap(missing)],
        green(`${found.length} are in the org, each once`),
      );
    } catch (error) {
      return skippedFor(error);
    }
  },
};

/** A group that a SCIM client provisions: Okta does not know its id. */
const isOfDirectory = (id: string): boolean => id.startsWith('grp_');

async function find(send: SendToOkta, { id, name }: TenantConfig['groups'][number], index: number): Promise<Found> {
  const place = `groups[${index}]`;
  if (id !== undefined) return { place, written: id, group: await readById(send, id), similar: null };
  const written = name ?? '';
  const { json } = await send({ method: 'GET', path: `/api/v1/groups?q=${encodeURIComponent(written)}` });
  const all = z.array(groupSchema).parse(json);
  const exact = all.find(({ profile }) => profile.name === written);
  const similar = all.find(({ profile }) => profile.name.toLowerCase() === written.toLowerCase());
  const group = exact === undefined ? null : { id: exact.id, name: exact.profile.name };
  return { place, written, group, similar: similar?.profile.name ?? null };
}

async function readById(send: SendToOkta, id: string): Promise<Found['group']> {
  try {
    const { json } = await send({ method: 'GET', path: `/api/v1/groups/${encodeURIComponent(id)}` });
    const { profile } = groupSchema.parse(json);
    return { id, name: profile.name };
  } catch (error) {
    if (error instanceof ConnectorError && error.fault === 'not_found') return null;
    throw error;
  }
}

function sameGroups(found: readonly Found[]): Finding[] {
  return found.flatMap(({ place, group }, index) => {
    const first = found.slice(0, index).find((other) => group !== null && other.group?.id === group.id);
    if (first === undefined) return [];
    return [red(`${place} ${refusals.groupTwice(first.place)}`, `remove ${place} or ${first.place}`)];
  });
}

function missing({ place, written, group, similar }: Found): Finding[] {
  if (group !== null) return [];
  const meant = similar === null ? '' : `; it has "${similar}"`;
  return [yellow(`${place}: the org has no group "${written}"${meant}`, `create it in Okta, or fix ${place}`)];
}
