import type { Answer } from '@keycourier/http/answer';
import { answerOnce } from '@keycourier/http/answer-once';
import { json } from '@keycourier/http/contract';
import { bodyRoute } from '@keycourier/http/parse-request';
import type { Shipment } from '@keycourier/journey/model/shipment';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import type { OnceRequest } from '@keycourier/ledger/idempotency/idempotency';
import {
  createShipment,
  createShipmentAlone,
  createShipmentOnce,
  type CreateResult,
} from '@keycourier/ledger/shipments/create-shipment';
import type { CreateRequest } from '@keycourier/ledger/shipments/new-shipment';
import { describeProblem } from '@keycourier/messages/describe-problem';
import { keyRequest, overridesIn } from '@keycourier/operations/batches/request-fields';
import { selectProduct } from '@keycourier/operations/batches/select-product';
import { z } from 'zod';

import type { Caller, Endpoint } from '../endpoint.ts';
import { refuse } from '../problems.ts';
import { flag } from './query-fields.ts';
import { refuseAddresses } from './refuse-addresses.ts';
import { showingNew } from './shipment-dto.ts';
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
    const creating = await prepare(ledger, caller, { dryRun, ...fields });
    const atOnce = (sent: OnceRequest) => createOnce(ledger, creating, sent);
    const once = { apiKeyId: caller.apiKey.id, idempotencyKey, route, body: fields, atOnce };
    const answer =
      idempotencyKey === undefined
        ? await create(creating, (one) => createShipmentAlone(ledger, one))
        : await answerOnce(ledger, once, (tx) => create(creating, (one) => createShipment(ledger, tx, one)));
    // After the commit: Postgres lets transactions with a notification commit one at a time.
    if (answer.status === 202) ledger.notifier.notify();
    return answer;
  }),
};

/** What is known before anything is written: the request, and how its shipment is answered; or why there is none. */
type Creating = { refusal: Answer } | { request: CreateRequest; answerTo: (created: Shipment) => Answer };

async function prepare(
  { db }: Ledger,
  { apiKey, tenant }: Caller,
  fields: z.output<typeof keyRequest> & { dryRun: boolean },
): Promise<Creating> {
  const selection = selectProduct(fields, tenant.products);
  if (selection.outcome === 'refused') {
    const problem = describeProblem(selection.problem);
    const members = { choices: tenant.products };
    return { refusal: refuse('no_such_product', problem.message, { problems: [problem], members }) };
  }
  const userId = fields.userId ?? null;
  const show = await showingNew(db, { tenant: tenant.name, userId, apiKey });
  const request: CreateRequest = {
    tenant: tenant.name,
    trigger: 'api',
    purpose: fields.purpose,
    userId,
    login: fields.login ?? null,
    product: selection.product,
    groupId: null,
    pinPolicy: tenant.pinPolicy,
    dryRun: fields.dryRun,
    note: fields.note ?? null,
    overrides: overridesIn(fields),
    requestedBy: apiKey.id,
    notify: false,
  };
  return { request, answerTo: (created) => ({ status: 202, body: show(created) }) };
}

async function create(creating: Creating, make: (request: CreateRequest) => Promise<CreateResult>): Promise<Answer> {
  if ('refusal' in creating) return creating.refusal;
  const result = await make(creating.request);
  if (result.outcome === 'created') return creating.answerTo(result.shipment);
  return refuse('already_open', 'Use that shipment, or request one for the other purpose.', {
    members: { shipmentId: result.shipmentId },
  });
}

/** One round trip for all of it. A key that was used before has its answer though the request were refused by now. */
const createOnce = async (ledger: Ledger, creating: Creating, once: OnceRequest): Promise<Answer | null> =>
  'refusal' in creating ? null : createShipmentOnce(ledger, creating.request, { once, answerTo: creating.answerTo });
