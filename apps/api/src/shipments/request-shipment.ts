import type { Answer } from '@keycourier/http/answer';
import { answerOnce } from '@keycourier/http/answer-once';
import { json } from '@keycourier/http/contract';
import { bodyRoute } from '@keycourier/http/parse-request';
import type { Database } from '@keycourier/ledger/connect-ledger';
import { createShipment, createShipmentAlone, type CreateResult } from '@keycourier/ledger/shipments/create-shipment';
import type { CreateRequest } from '@keycourier/ledger/shipments/new-shipment';
import { describeProblem } from '@keycourier/messages/describe-problem';
import { keyRequest, overridesIn } from '@keycourier/operations/batches/request-fields';
import { selectProduct } from '@keycourier/operations/batches/select-product';
import { z } from 'zod';

import type { Caller, Endpoint } from '../endpoint.ts';
import { refuse } from '../problems.ts';
import { flag } from './query-fields.ts';
import { refuseAddresses } from './refuse-addresses.ts';
import { showNew } from './shipment-dto.ts';
import { shipment, shipmentExample } from './shipment-schema.ts';

const query = z.strictObject({
  dryRun: flag.meta({ description: 'Dry run: check the profile, order nothing' }),
});

const requested: z.output<typeof shipment> = {
  ...shipmentExample,
  status: 'requested',
  user: { id: null, login: 'ada@example.com' },
  order: { state: 'requested', providerId: null },
  parcel: { state: 'none', carrier: null, trackingNumber: null, trackingUrl: null },
  credential: { state: 'none', enrollmentId: null, serial: null, firmware: null },
  pin: { state: 'none', sentTo: null, sentAt: null },
  actions: ['retry', 'cancel'],
  profile: null,
  updatedAt: shipmentExample.createdAt,
};

/** The shipment is committed before the 202 is sent. */
export const requestShipment: Endpoint = {
  contract: {
    name: 'requestShipment',
    locatedAt: '/v1/shipments',
    summary: 'Request a key',
    description:
      'Identify the user by `userId` or by `login`. The product ids are optional if the tenant has only one product. Values in `profile`, or at the level of the other fields as in a row of a batch, override those of Okta for this shipment only, and need the scope `addresses` too; the addresses for the PIN come from Okta and cannot be set. A 202 means the request is stored durably and will be processed.',
    query,
    body: { isRequired: true, content: json(keyRequest, { login: 'ada@example.com', note: 'Starts on Monday' }) },
    isOnce: true,
    answers: { 202: { description: 'The shipment', content: json(shipment, requested) } },
    refusals: ['no_such_product', 'already_open', 'overrides_forbidden'],
  },
  handler: bodyRoute({ query, body: keyRequest }, async ({ ledger }, caller, request) => {
    const {
      idempotencyKey,
      query: { dryRun },
      body: fields,
    } = request;
    const refusal = Object.keys(overridesIn(fields)).length > 0 ? refuseAddresses(caller, 'override') : null;
    if (refusal !== null) return refusal;
    const route = `POST /v1/shipments dryRun=${dryRun}`;
    const once = { apiKeyId: caller.apiKey.id, idempotencyKey, route, body: fields };
    const wanted = { ...fields, dryRun };
    const answer =
      idempotencyKey === undefined
        ? await create({ db: ledger.db, make: (one) => createShipmentAlone(ledger, one) }, caller, wanted)
        : await answerOnce(ledger, once, (tx) =>
            create({ db: tx, make: (one) => createShipment(ledger, tx, one) }, caller, wanted),
          );
    // After the commit: Postgres lets transactions with a notification commit one at a time.
    if (answer.status === 202) ledger.notifier.notify();
    return answer;
  }),
};

interface Creating {
  db: Database;
  make: (request: CreateRequest) => Promise<CreateResult>;
}

async function create(
  { db, make }: Creating,
  { apiKey, tenant }: Caller,
  request: z.output<typeof keyRequest> & { dryRun: boolean },
): Promise<Answer> {
  const selection = selectProduct(request, tenant.products);
  if (selection.outcome === 'refused') {
    const problem = describeProblem(selection.problem);
    return refuse('no_such_product', problem.message, { problems: [problem], members: { choices: tenant.products } });
  }
  const result = await make({
    tenant: tenant.name,
    trigger: 'api',
    purpose: request.purpose,
    userId: request.userId ?? null,
    login: request.login ?? null,
    product: selection.product,
    groupId: null,
    pinPolicy: tenant.pinPolicy,
    dryRun: request.dryRun,
    note: request.note ?? null,
    overrides: overridesIn(request),
    requestedBy: apiKey.id,
    notify: false,
  });
  if (result.outcome === 'created') return { status: 202, body: await showNew(db, result.shipment, apiKey) };
  return refuse('already_open', 'Use that shipment, or request one for the other purpose.', {
    members: { shipmentId: result.shipmentId },
  });
}
