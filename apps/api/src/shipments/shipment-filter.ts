import { holdCodes } from '@keycourier/journey/model/holds';
import { triggers } from '@keycourier/journey/model/shipment';
import { statuses } from '@keycourier/journey/model/status';
import { z } from 'zod';

import { cursor, severalOf, time, user } from './query-fields.ts';

/** As printed on a key or a label; Postgres rejects NUL. */
const printed = z.string().regex(/^[^\p{C}]{1,100}$/u);

const several = { status: severalOf(statuses), holdCode: severalOf(holdCodes), trigger: severalOf(triggers) };

const ofOne = {
  user: user.optional(),
  cause: z
    .string()
    .regex(/^[^\p{C}]{1,500}$/u)
    .meta({ description: 'Held for exactly this cause: the `hold.cause` of a shipment. One remedy lifts all of them' })
    .optional(),
  batchId: z
    .string()
    .regex(/^bat_[0-9a-z]{26}$/)
    .meta({ description: 'Only the shipments of this batch' })
    .optional(),
  serial: printed.meta({ description: 'The serial number of the key' }).optional(),
  trackingNumber: printed.meta({ description: 'The tracking number of the parcel' }).optional(),
  since: time.meta({ description: 'Requested at this time or after it' }).optional(),
  until: time.meta({ description: 'Requested before this time' }).optional(),
  cursor: cursor.optional(),
};

/** What shipments may be selected by, in a URL and in a body; all of it must hold. */
export const filterInUrl = {
  status: several.status.inUrl.meta({ description: 'Only with one of these statuses' }).optional(),
  holdCode: several.holdCode.inUrl
    .meta({ description: 'Held for one of these codes, as `hold.code` of a shipment explains them' })
    .optional(),
  trigger: several.trigger.inUrl.meta({ description: 'Requested in one of these ways' }).optional(),
  ...ofOne,
};

export const filterInBody = {
  status: several.status.inBody.optional(),
  holdCode: several.holdCode.inBody.optional(),
  trigger: several.trigger.inBody.optional(),
  ...ofOne,
};
