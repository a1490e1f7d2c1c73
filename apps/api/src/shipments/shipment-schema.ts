import { namesOf } from '@keycourier/http/contract';
import { holdCodes } from '@keycourier/journey/model/holds';
import { hubDrifts } from '@keycourier/journey/model/hub-user';
import { arrows, stepNames } from '@keycourier/journey/model/plan';
import { profileFields, profileSources, type ProfileField } from '@keycourier/journey/model/profile';
import { purposes } from '@keycourier/journey/model/purpose';
import { triggers } from '@keycourier/journey/model/shipment';
import { operatorActions } from '@keycourier/journey/requests/operator-actions';
import { z } from 'zod';

import { registrationOfPerson } from '../registration/registration-dto.ts';
import { status } from './query-fields.ts';

const time = z.iso.datetime();
const text = z.string().nullable();

export const fieldProblem = z
  .strictObject({
    field: z.string().meta({ description: 'An attribute by its Okta name, or a part of the request' }),
    code: z.string(),
    message: z.string().meta({ description: 'What is wrong, where, and how to fix it' }),
    suggestion: z.string().optional().meta({
      description: 'A suggested value: accept it with a correction. Only in a single shipment, not in lists',
    }),
  })
  .meta({ id: 'FieldProblem' });

const origin = z
  .strictObject({ source: z.enum(profileSources) })
  .nullable()
  .meta({ id: 'Origin', description: 'The source of a value; null if there is no value' });

const profile = z
  .strictObject({
    firstName: origin,
    lastName: origin,
    email: origin,
    secondEmail: origin,
    primaryPhone: origin,
    organization: origin,
    streetAddress: origin,
    city: origin,
    state: origin,
    zipCode: origin,
    countryCode: origin,
    normalised: z
      .array(z.strictObject({ field: z.enum(profileFields), rule: z.string() }))
      .meta({ description: 'Lossless changes that make a value usable for couriers' }),
  } satisfies Record<ProfileField | 'normalised', z.ZodType>)
  .nullable()
  .meta({
    description:
      'The source of each value of the checked profile. The values themselves are not included. Null until the check succeeds',
  });

const hold = z
  .strictObject({
    code: z.enum(holdCodes),
    message: z.string(),
    problems: z.array(fieldProblem),
    cause: z.string().meta({ description: 'Code and problems as one text, for the filter `cause`' }),
    since: time,
  })
  .nullable()
  .meta({ description: 'An operator must act. Until then only polling continues' });

/** Each action is a path below the shipment; `correct` is `corrections`. */
const action = z.enum([...namesOf(operatorActions), 'correct']);

/** Times are ISO 8601 in UTC. */
export const shipment = z
  .strictObject({
    id: z.string(),
    tenant: z.string(),
    status: status.meta({ description: 'A summary of the states below' }),
    trigger: z.enum(triggers).meta({ description: 'The flow of an event, or how the request came' }),
    requestedBy: z
      .strictObject({
        apiKey: z
          .strictObject({ id: z.string(), name: text })
          .nullable()
          .meta({ description: 'The API key of the request or the batch; null for an event' }),
        event: z
          .strictObject({ id: z.string(), uuid: z.string() })
          .nullable()
          .meta({ description: 'The Okta event, as in the list of events; null for a request' }),
      })
      .meta({ description: 'Who asked for it; `batch` has the row of a batch' }),
    purpose: z.enum(purposes),
    product: z
      .strictObject({ productId: z.string(), inventoryProductId: z.string(), customizationId: z.string() })
      .meta({ description: 'Which key it is' }),
    note: text.meta({ description: 'The note of the request; null if there is none, or once it was erased' }),
    user: z.strictObject({ id: text, login: text }),
    hub: z
      .strictObject({
        userId: z.string().meta({ description: 'Whose key it is there' }),
        drift: z.array(z.enum(hubDrifts)).meta({ description: 'In what the two users differed when last read' }),
        registration: registrationOfPerson,
      })
      .nullable()
      .meta({
        description: 'Where the key is registered in the hub; null: in the tenant’s own org, or not checked yet',
      }),
    order: z.strictObject({ state: z.enum(namesOf(arrows.order)), providerId: text }),
    parcel: z.strictObject({
      state: z.enum(namesOf(arrows.parcel)),
      carrier: text,
      trackingNumber: text,
      trackingUrl: text,
    }),
    credential: z.strictObject({
      state: z.enum(namesOf(arrows.credential)),
      enrollmentId: text,
      serial: text,
      firmware: text,
    }),
    pin: z.strictObject({
      state: z.enum(namesOf(arrows.pin)),
      sentTo: text.meta({ description: 'Masked' }),
      sentAt: time.nullable(),
    }),
    registration: registrationOfPerson,
    hold,
    problems: z.array(fieldProblem).meta({ description: 'Why it is held or failed' }),
    retries: z
      .array(
        z.strictObject({
          card: z.enum(stepNames),
          failures: z.int().meta({ description: 'Failed attempts in a row' }),
          reason: text.meta({ description: 'Why the last one failed; null if that is not known' }),
          nextAt: time,
        }),
      )
      .meta({ description: 'Steps whose last attempt failed, and which are tried again by themselves' }),
    actions: z.array(action).meta({ description: 'The actions that are possible now' }),
    profile,
    batch: z
      .strictObject({ id: z.string(), row: z.int().nullable().meta({ description: 'Counted from 1' }) })
      .nullable(),
    dryRun: z.boolean().meta({ description: 'The profile is checked, nothing is ordered' }),
    duplicateOf: text,
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Shipment' });

export type ShipmentDto = z.output<typeof shipment>;

export const shipmentExample: ShipmentDto = {
  id: 'shp_01kab3v6d2m8zq4w0xrt5y7n9c',
  tenant: 'acme',
  status: 'in_transit',
  trigger: 'api',
  requestedBy: { apiKey: { id: 'key_01kab3v6d2m8zq4w0xrt5y7n9c', name: 'ticket system' }, event: null },
  purpose: 'primary',
  product: { productId: '29', inventoryProductId: '106', customizationId: 'RXJN83' },
  note: 'Starts on Monday',
  user: { id: '00u1ada2lovelace3X4', login: 'ada@example.com' },
  hub: null,
  order: { state: 'placed', providerId: 'a1b2c3d4' },
  parcel: {
    state: 'in_transit',
    carrier: 'Example Express',
    trackingNumber: 'EX123456789',
    trackingUrl: 'https://tracking.example.com/EX123456789',
  },
  credential: { state: 'active', enrollmentId: 'fwf1enrollment2X3', serial: '31415926', firmware: '5.7.4' },
  pin: { state: 'sent', sentTo: 'a…@example.com', sentAt: '2026-03-02T09:30:00.000Z' },
  registration: { state: 'ready', writtenAt: '2026-03-02T09:29:10.000Z', problem: null },
  hold: null,
  problems: [],
  retries: [],
  actions: ['retry', 'confirm-receipt'],
  profile: {
    firstName: { source: 'okta' },
    lastName: { source: 'okta' },
    email: { source: 'okta' },
    secondEmail: null,
    primaryPhone: { source: 'okta' },
    organization: { source: 'override' },
    streetAddress: { source: 'correction' },
    city: { source: 'correction' },
    state: null,
    zipCode: { source: 'correction' },
    countryCode: { source: 'okta' },
    normalised: [{ field: 'primaryPhone', rule: 'phone_to_e164' }],
  },
  batch: null,
  dryRun: false,
  duplicateOf: null,
  createdAt: '2026-03-01T08:00:00.000Z',
  updatedAt: '2026-03-02T09:30:00.000Z',
};
