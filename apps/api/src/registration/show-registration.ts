import { json } from '@keycourier/http/contract';
import { noQuery, queryRoute } from '@keycourier/http/parse-request';
import { hubNameOf } from '@keycourier/journey/ports/hub';
import { readRegistrationStatus } from '@keycourier/ledger/registrations/read-registrations';

import type { Endpoint } from '../endpoint.ts';
import { exampleOfRegistration, registration, toRegistrationDto } from './registration-dto.ts';

export const showRegistration: Endpoint = {
  contract: {
    name: 'showRegistration',
    summary: 'Show how far Okta shows who has a key',
    description:
      'Counts the people whose registration is written to Okta, an attribute of the profile or membership of a group, and says what stops it; also in the hub, of those whose keys are there.',
    answers: {
      200: { description: 'The state of registration sync', content: json(registration, exampleOfRegistration) },
    },
    refusals: [],
  },
  handler: queryRoute(noQuery, async ({ ledger }, { tenant }) => {
    const { registration: settings, hubRegistration, name } = tenant;
    const status = await readRegistrationStatus(ledger, name);
    const inHub = await readRegistrationStatus(ledger, hubNameOf(name));
    const hub = { settings: hubRegistration, status: inHub };
    return { status: 200, body: toRegistrationDto({ tenant: name, settings, status, hub }) };
  }),
};
