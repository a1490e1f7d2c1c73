import { json } from '@keycourier/http/contract';
import { queryRoute } from '@keycourier/http/parse-request';
import { readMembers } from '@keycourier/ledger/directory/groups/read-members';
import { z } from 'zod';

import type { Endpoint } from '../endpoint.ts';
import { byHand } from '../people/by-hand.ts';
import { refuse } from '../problems.ts';
import { cursorOf, limit, toCursor } from '../shipments/query-fields.ts';
import { groupParams, noSuchGroup, readGroup } from './group-schema.ts';

const query = z.strictObject({ cursor: cursorOf('usr').optional(), limit });

const member = z
  .strictObject({
    id: z.string().meta({ description: 'The id of the person' }),
    display: z.string().nullable().meta({ description: 'The displayName, else the userName' }),
  })
  .meta({ id: 'GroupMember' });

const page = z.strictObject({
  items: z.array(member),
  nextCursor: z.string().nullable().meta({ description: 'The `cursor` of the next page; null on the last page' }),
});

const example = { items: [{ id: 'usr_01kab3v6d2m8zq4w0xrt5y7n9c', display: 'Ada Lovelace' }], nextCursor: null };

export const listGroupMembers: Endpoint = {
  contract: {
    name: 'listGroupMembers',
    summary: "List a group's members",
    readsPersonalData: true,
    description: 'In the order of their ids.',
    params: groupParams,
    query,
    answers: { 200: { description: 'A page of members', content: json(page, example) } },
    refusals: ['not_found'],
  },
  handler: queryRoute(query, async ({ ledger }, { tenant }, { params, query: { cursor, limit: count } }) => {
    const group = await readGroup(ledger, tenant.name, params['id'] ?? '');
    if (group === null) return refuse('not_found', noSuchGroup);
    const scope = { ledger, db: ledger.db, origin: byHand(tenant) };
    const found = await readMembers(scope, { groupId: group.id, after: cursor, limit: count + 1, withDisplay: true });
    const items = found.slice(0, count).map(({ id, display = null }) => ({ id, display }));
    const last = items.at(-1);
    return {
      status: 200,
      body: { items, nextCursor: found.length > count && last !== undefined ? toCursor(last.id) : null },
    };
  }),
};
