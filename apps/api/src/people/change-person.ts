import { json } from '@keycourier/http/contract';
import { bodyRoute, noQuery } from '@keycourier/http/parse-request';
import { patchUser } from '@keycourier/ledger/directory/users/patch-user';

import { actsOf } from '../audit/acts-of.ts';
import type { Endpoint } from '../endpoint.ts';
import { refuse } from '../problems.ts';
import { isIdOf } from '../shipments/query-fields.ts';
import { refuseAddresses } from '../shipments/refuse-addresses.ts';
import { operationsOf } from './as-scim.ts';
import { writeByHand } from './by-hand.ts';
import { changedPersonBody, namesAddress } from './person-fields.ts';
import { detailsExample, personDetails } from './person-schema.ts';
import { noSuchPerson, personParams, readPerson } from './read-person.ts';
import { orBadRequest, refuseWrite } from './refuse-write.ts';

export const changePerson: Endpoint = {
  contract: {
    name: 'changePerson',
    summary: 'Change a person who was entered by hand',
    readsPersonalData: true,
    description:
      'Changes what is sent; null removes. `active: false` suspends open shipments as a client’s deactivation does. A person whom a connection owns is refused: change them in the system that provisions them. One of a revoked connection becomes yours by the change.',
    params: personParams,
    body: { isRequired: true, content: json(changedPersonBody, { active: false }) },
    answers: { 200: { description: 'The updated person', content: json(personDetails, detailsExample) } },
    refusals: ['not_found', 'user_name_taken', 'owned_by_client', 'overrides_forbidden'],
  },
  handler: bodyRoute({ query: noQuery, body: changedPersonBody }, async (context, caller, request) => {
    const { ledger, logger } = context;
    const { tenant, apiKey } = caller;
    const id = request.params['id'] ?? '';
    if (!isIdOf('usr', id)) return refuse('not_found', noSuchPerson);
    const refusal = namesAddress(request.body) ? refuseAddresses(caller, 'override') : null;
    if (refusal !== null) return refusal;
    return orBadRequest(async () => {
      const operations = operationsOf(request.body);
      const changed = await writeByHand(ledger, tenant, {
        work: (scope) => patchUser(scope, { id }, operations),
        acts: actsOf(context, caller, request),
        act: { action: 'person.changed', subject: { kind: 'person', id } },
      });
      if (changed.outcome === 'refused') return refuseWrite(changed);
      logger.info({ personId: id, by: apiKey.id }, 'person changed by hand');
      const body = await readPerson({ ledger, db: ledger.db }, tenant, id);
      return body === null ? refuse('not_found', noSuchPerson) : { status: 200, body };
    });
  }),
};
