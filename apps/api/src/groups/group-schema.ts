import { listGroupsForOperators, type ListedGroup } from '@keycourier/ledger/directory/groups/list-for-operators';
import { manualOwner } from '@keycourier/ledger/directory/scope';
import { z } from 'zod';

import { isIdOf } from '../shipments/query-fields.ts';

const time = z.iso.datetime();

export const group = z
  .strictObject({
    id: z.string(),
    displayName: z.string(),
    connectionId: z
      .string()
      .nullable()
      .meta({ description: 'The connection that owns this group; null: entered by hand' }),
    members: z.int().meta({ description: 'How many people are in it' }),
    createdAt: time,
    lastModified: time,
  })
  .meta({ id: 'Group' });

export const groupExample: z.output<typeof group> = {
  id: 'grp_01kab3v6d2m8zq4w0xrt5y7n9c',
  displayName: 'Security keys',
  connectionId: null,
  members: 1,
  createdAt: '2026-03-01T08:00:00.000Z',
  lastModified: '2026-03-02T09:00:00.000Z',
};

export const groupParams = z.object({
  id: z.string().meta({ description: 'The id of a group', example: groupExample.id }),
});

export const noSuchGroup = 'There is no group with this id. GET /v1/groups lists them.';

export const memberIds = z.array(z.string().regex(/^usr_[0-9a-z]{26}$/)).max(1_000);

export const displayName = z.string().regex(/^[^\s\p{C}](?:[^\p{C}]{0,510}[^\s\p{C}])?$/u);

export const toGroup = ({ owner, ...listed }: ListedGroup): z.output<typeof group> => ({
  id: listed.id,
  displayName: listed.displayName,
  connectionId: owner === manualOwner ? null : owner,
  members: listed.members,
  createdAt: listed.createdAt.toISOString(),
  lastModified: listed.lastModified.toISOString(),
});

/** Null for another tenant's, as for none. */
export async function readGroup(
  ledger: Parameters<typeof listGroupsForOperators>[0],
  tenant: string,
  id: string,
): Promise<z.output<typeof group> | null> {
  if (!isIdOf('grp', id)) return null;
  const { items } = await listGroupsForOperators(ledger, { tenant, id, limit: 1 });
  const [found] = items;
  return found === undefined ? null : toGroup(found);
}
