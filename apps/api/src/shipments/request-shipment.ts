import type { Tx } from '@keycourier/ledger/connect-ledger';
import { createShipment } from '@keycourier/ledger/shipments/create-shipment';
import { describeProblem } from '@keycourier/messages/describe-problem';
import { z } from 'zod';

import type { Caller } from '../access/find-caller.ts';
import type { Context } from '../context.ts';
import { refuse, type Answer } from '../http/answer.ts';
import { json, type Endpoint } from '../http/contract.ts';
import { bodyRoute } from '../http/parse-request.ts';
import { answerOnce } from '../idempotency/answer-once.ts';
import { flag } from './query-fields.ts';
import { asOnePerson, hasOnePerson, onePerson, overrides, overridesIn, requestFields } from './request-fields.ts';
import { selectProduct } from './select-product.ts';
import { toDto } from './shipment-dto.ts';
import { shipment, shipmentExample } from './shipment-schema.ts';

const query = z.strictObject({
  dryRun: flag.meta({ description: 'Rehearse: check the profile, and order nothing' }),
});

const body = z
  .strictObject({ ...requestFields, profile: z.strictObject(overrides).optional() })
  .refine(hasOnePerson, onePerson)
  .meta(asOnePerson);

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

/** Asks for one key. The shipment is committed when this answers 202; a rehearsal is checked and never ordered. */
export const requestShipment: Endpoint = {
  contract: {
    name: 'requestShipment',
    summary: 'Ask for a key',
    description:
      'Name the person by `userId` or by `login`. The product need not be named where the tenant has one. Values of `profile` go before those of Okta, for this shipment alone; the addresses that a PIN goes to come from Okta and cannot be given. When this answers, the request is kept and will be carried out.',
    query,
    body: { isRequired: true, content: json(body, { login: 'ada@example.com', note: 'Starts on Monday' }) },
    isOnce: true,
    answers: { 202: { description: 'The shipment', content: json(shipment, requested) } },
    refusals: ['no_such_product', 'already_open'],
  },
  handler: bodyRoute({ query, body }, async (context, caller, given) => {
    const asked = {
      idempotencyKey: given.idempotencyKey,
      route: `POST /v1/shipments dryRun=${given.query.dryRun}`,
      body: given.body,
    };
    return answerOnce(context, caller, asked, (tx) =>
      open(context, caller, tx, { ...given.body, dryRun: given.query.dryRun }),
    );
  }),
};

async function open(
  { ledger }: Context,
  { apiKey, tenant }: Caller,
  tx: Tx,
  request: z.output<typeof body> & { dryRun: boolean },
): Promise<Answer> {
  const selection = selectProduct(request, tenant.products);
  if (selection.outcome === 'refused') {
    const problem = describeProblem(selection.problem);
    return refuse('no_such_product', problem.message, { problems: [problem], members: { choices: tenant.products } });
  }
  const opened = await createShipment(ledger, tx, {
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
    overrides: overridesIn(request.profile ?? {}),
    requestedBy: apiKey.id,
  });
  if (opened.outcome === 'created') return { status: 202, body: toDto(opened.shipment) };
  return refuseOpen(opened.shipmentId);
}

/** The id is empty when the other shipment ended at this very moment. */
function refuseOpen(shipmentId: string): Answer {
  const advice = 'See to that one, or ask for the other purpose.';
  return refuse('already_open', advice, { members: { shipmentId: shipmentId === '' ? null : shipmentId } });
}
