import { answerOnce } from '@keycourier/http/answer-once';
import { json } from '@keycourier/http/contract';
import { bodyRoute, noQuery } from '@keycourier/http/parse-request';
import { createUser } from '@keycourier/ledger/directory/users/create-user';

import { actsOf } from '../audit/acts-of.ts';
import type { Endpoint } from '../endpoint.ts';
import { refuseAddresses } from '../shipments/refuse-addresses.ts';
import { toWrittenUser } from './as-scim.ts';
import { scopeOf } from './by-hand.ts';
import { namesAddress, newPersonBody } from './person-fields.ts';
import { detailsExample, personDetails } from './person-schema.ts';
import { readPerson } from './read-person.ts';
import { orBadRequest, refuseWrite } from './refuse-write.ts';

const byHandExample = { ...detailsExample, connectionId: null, groups: [], openShipments: [] };

export const addPerson: Endpoint = {
  contract: {
    name: 'addPerson',
    locatedAt: '/v1/people',
    summary: 'Enter a person by hand',
    readsPersonalData: true,
    description:
      'A person whom no SCIM client provisions; a connection with `includeManual` may take them over. A person with this user name who was entered by hand and is inactive is restored, with the same id. Name, phone and address may become where a key goes, and need the scope `addresses` too.',
    body: {
      isRequired: true,
      content: json(newPersonBody, { userName: 'ada@example.com', firstName: 'Ada', lastName: 'Lovelace' }),
    },
    isOnce: true,
    answers: { 201: { description: 'The person', content: json(personDetails, byHandExample) } },
    refusals: ['user_name_taken', 'owned_by_client', 'overrides_forbidden'],
  },
  handler: bodyRoute({ query: noQuery, body: newPersonBody }, async (context, caller, request) => {
    const { ledger, logger } = context;
    const acts = actsOf(context, caller, request);
    const { tenant, apiKey } = caller;
    const refusal = namesAddress(request.body) ? refuseAddresses(caller, 'override') : null;
    if (refusal !== null) return refusal;
    const once = { apiKeyId: apiKey.id, idempotencyKey: request.idempotencyKey, route: 'POST /v1/people' };
    const answer = await orBadRequest(() =>
      answerOnce(ledger, { ...once, body: request.body }, async (tx) => {
        const created = await createUser(scopeOf(ledger, tx, tenant), toWrittenUser(request.body));
        if (created.outcome === 'refused') return refuseWrite(created);
        logger.info({ personId: created.id, by: apiKey.id }, 'person entered by hand');
        await acts.record(tx, { action: 'person.added', subject: { kind: 'person', id: created.id } });
        return { status: 201, body: await readPerson({ ledger, db: tx }, tenant, created.id) };
      }),
    );
    acts.committed();
    ledger.notifier.notify();
    return answer;
  }),
};
