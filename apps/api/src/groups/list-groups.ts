import { json } from '@keycourier/http/contract';
import { queryRoute } from '@keycourier/http/parse-request';
import { listGroupsForOperators } from '@keycourier/ledger/directory/groups/list-for-operators';
import { z } from 'zod';

import type { Endpoint } from '../endpoint.ts';
import { cursorOf, limit, toCursor } from '../shipments/query-fields.ts';
import { displayName, group, groupExample, toGroup } from './group-schema.ts';

const query = z.strictObject({
  connection: z
    .string()
    .regex(/^(?:manual|[0-9a-z]{26})$/)
    .meta({ description: 'Only groups that this connection owns; `manual`: only those entered by hand' })
    .optional(),
  displayName: displayName.meta({ description: 'The exact name, in any letter case' }).optional(),
  cursor: cursorOf('grp').optional(),
  limit,
});

const page = z.strictObject({
  items: z.array(group),
  nextCursor: z.string().nullable().meta({ description: 'The `cursor` of the next page; null on the last page' }),
});

export const listGroups: Endpoint = {
  contract: {
    name: 'listGroups',
    summary: 'List groups',
    description: 'The groups of the directory, newest first.',
    query,
    answers: {
      200: { description: 'A page of groups', content: json(page, { items: [groupExample], nextCursor: null }) },
    },
    refusals: [],
  },
  handler: queryRoute(query, async ({ ledger }, { tenant }, { query: sent }) => {
    const { connection, cursor, ...rest } = sent;
    const filter = { tenant: tenant.name, owner: connection, before: cursor, ...rest };
    const { items, nextCursor } = await listGroupsForOperators(ledger, filter);
    return {
      status: 200,
      body: { items: items.map(toGroup), nextCursor: nextCursor === null ? null : toCursor(nextCursor) },
    };
  }),
};
