import { bodyRoute, noBody, noQuery } from '@keycourier/http/parse-request';
import { revokeConnection as endConnection } from '@keycourier/ledger/directory/connections/connections';

import { actsOf } from '../audit/acts-of.ts';
import type { Endpoint } from '../endpoint.ts';
import { refuse } from '../problems.ts';
import { connectionParams, findConnection, noSuchConnection } from './read-details.ts';

export const revokeConnection: Endpoint = {
  contract: {
    name: 'revokeConnection',
    summary: 'Revoke a connection',
    description:
      'Immediate and permanent: its client is refused from now on. The people that it provisioned stay and belong to it; operators may change, remove and hand them over (`/hand-over`), and a connection with `readAll` can take them over. Revoking again has no effect.',
    params: connectionParams,
    answers: { 204: { description: 'The connection is revoked' } },
    refusals: ['not_found'],
  },
  handler: bodyRoute({ query: noQuery, body: noBody }, async (context, caller, request) => {
    const { tenant, apiKey } = caller;
    const found = await findConnection(context.ledger, tenant.name, request.params['id'] ?? '');
    if (found === null) return refuse('not_found', noSuchConnection);
    await actsOf(context, caller, request).change(
      (ledger) => endConnection(ledger, tenant.name, found.id),
      () =>
        found.revokedAt === null
          ? { action: 'connection.revoked', subject: { kind: 'connection', id: found.id } }
          : null,
    );
    context.logger.info({ connectionId: found.id, by: apiKey.id }, 'SCIM connection revoked');
    return { status: 204, body: undefined };
  }),
};
