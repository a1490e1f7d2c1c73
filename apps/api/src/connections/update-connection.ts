import { json } from '@keycourier/http/contract';
import { bodyRoute, noQuery } from '@keycourier/http/parse-request';
import type { ConnectionOptions } from '@keycourier/ledger/directory/connections/connection';
import { updateConnection as writeOptions } from '@keycourier/ledger/directory/connections/connections';
import type { z } from 'zod';

import { actsOf } from '../audit/acts-of.ts';
import type { Endpoint } from '../endpoint.ts';
import { refuse } from '../problems.ts';
import { checkMapping } from './check-mapping.ts';
import { detailsExample } from './connection-examples.ts';
import { changedConnectionBody } from './connection-fields.ts';
import { connectionDetails } from './connection-schema.ts';
import { connectionParams, findConnection, noSuchConnection, readDetails } from './read-details.ts';
import { nameTaken, refuseMapping, revoked } from './refusals.ts';

export const updateConnection: Endpoint = {
  contract: {
    name: 'updateConnection',
    summary: 'Change a connection',
    description:
      'Changes what is sent. `mapping` and `userNameRules` are replaced as a whole; `mapping: null` brings back the default mapping. Requests of the client that run already end by the former options.',
    params: connectionParams,
    body: { isRequired: true, content: json(changedConnectionBody, { readAll: true }) },
    answers: { 200: { description: 'The updated connection', content: json(connectionDetails, detailsExample) } },
    refusals: ['not_found', 'connection_name_taken', 'connection_revoked'],
  },
  handler: bodyRoute({ query: noQuery, body: changedConnectionBody }, async (context, caller, request) => {
    const { ledger, logger } = context;
    const { tenant, apiKey } = caller;
    const found = await findConnection(ledger, tenant.name, request.params['id'] ?? '');
    if (found === null) return refuse('not_found', noSuchConnection);
    const problems = checkMapping(request.body.mapping ?? []);
    if (problems.length > 0) return refuseMapping(problems);
    const options = changesIn(request.body);
    const changed = Object.keys(options).join(' ');
    const result = await actsOf(context, caller, request).change(
      (tx) => writeOptions(tx, { tenant: tenant.name, id: found.id, options }),
      ({ outcome }) =>
        outcome === 'updated'
          ? { action: 'connection.changed', subject: { kind: 'connection', id: found.id }, detail: { changed } }
          : null,
    );
    if (result.outcome === 'name_taken') return nameTaken;
    if (result.outcome === 'not_found') return revoked;
    logger.info({ connectionId: found.id, by: apiKey.id, changed }, 'SCIM connection changed');
    return { status: 200, body: await readDetails(context, result.connection) };
  }),
};

/** Only what is sent. */
function changesIn({ mapping, ...rest }: z.output<typeof changedConnectionBody>): Partial<ConnectionOptions> {
  const { name, sendEnrollmentMails, includeManual, readAll, takeOverByLocalPart, userNameRules } = rest;
  return {
    ...(name !== undefined && { name }),
    ...(sendEnrollmentMails !== undefined && { sendEnrollmentMails }),
    ...(includeManual !== undefined && { includeManual }),
    ...(readAll !== undefined && { readAll }),
    ...(takeOverByLocalPart !== undefined && { takeOverByLocalPart }),
    ...(userNameRules !== undefined && { userNameRules }),
    ...(mapping !== undefined && { mapping: mapping ?? [] }),
  };
}
