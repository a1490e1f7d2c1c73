import type { Answer } from '@keycourier/http/answer';
import { json } from '@keycourier/http/contract';
import { queryRoute } from '@keycourier/http/parse-request';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { listPeople as readPage } from '@keycourier/ledger/directory/connections/list-people';
import { z } from 'zod';

import { connectionParams, findConnection, noSuchConnection } from '../connections/read-details.ts';
import type { Endpoint } from '../endpoint.ts';
import { refuse } from '../problems.ts';
import { cursorOf, limit, optionalFlag, toCursor } from '../shipments/query-fields.ts';
import { person, personExample, toPerson } from './person-schema.ts';

export const owner = z
  .string()
  .regex(/^(?:manual|[0-9a-z]{26})$/)
  .meta({
    description: 'Only people that this connection owns; `manual`: only those entered by hand',
  });

const filter = {
  active: optionalFlag.meta({ description: 'Only people who are active, or who are not' }),
  problem: optionalFlag.meta({ description: 'Only people about whom the last request was refused, or was not' }),
  cursor: cursorOf('usr').optional(),
  limit,
};

const query = z.strictObject({ connection: owner.optional(), ...filter });
const queryOfOne = z.strictObject(filter);

export const page = z.strictObject({
  items: z.array(person),
  nextCursor: z.string().nullable().meta({ description: 'The `cursor` of the next page; null on the last page' }),
});

export const pageExample = { items: [personExample], nextCursor: null };

export const listPeople: Endpoint = {
  contract: {
    name: 'listPeople',
    summary: 'List people',
    readsPersonalData: true,
    description:
      'The people of the directory, newest first. To find one by user name, use `POST /v1/people/search`: URLs are kept in logs on the way.',
    query,
    answers: { 200: { description: 'A page of people', content: json(page, pageExample) } },
    refusals: [],
  },
  handler: queryRoute(query, ({ ledger }, { tenant }, { query: sent }) => answerPage(ledger, tenant.name, sent)),
};

export const listPeopleOfConnection: Endpoint = {
  contract: {
    name: 'listPeopleOfConnection',
    summary: "List a connection's people",
    readsPersonalData: true,
    description: 'Those that it owns, newest first; also of a revoked connection.',
    params: connectionParams,
    query: queryOfOne,
    answers: { 200: { description: 'A page of people', content: json(page, pageExample) } },
    refusals: ['not_found'],
  },
  handler: queryRoute(queryOfOne, async ({ ledger }, { tenant }, { params, query: sent }) => {
    const found = await findConnection(ledger, tenant.name, params['id'] ?? '');
    if (found === null) return refuse('not_found', noSuchConnection);
    return answerPage(ledger, tenant.name, { ...sent, connection: found.id });
  }),
};

interface PeopleFilter {
  connection?: string | undefined;
  userName?: string | undefined;
  active?: boolean | undefined;
  problem?: boolean | undefined;
  cursor?: string | undefined;
  limit: number;
}

export async function answerPage(
  ledger: Ledger,
  tenant: string,
  { connection, cursor, ...rest }: PeopleFilter,
): Promise<Answer> {
  const { items, nextCursor } = await readPage(ledger, { tenant, owner: connection, before: cursor, ...rest });
  const body: z.output<typeof page> = {
    items: items.map(toPerson),
    nextCursor: nextCursor === null ? null : toCursor(nextCursor),
  };
  return { status: 200, body };
}
