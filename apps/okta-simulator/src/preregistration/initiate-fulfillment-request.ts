import { z } from 'zod';

import { changeHandler } from '../http/change-handler.ts';
import { parseBody } from '../http/handler.ts';
import { oktaId } from '../store/okta-id.ts';
import type { EventDraft } from '../system-log/log-event.ts';
import { userTarget, type User } from '../users/user.ts';
import { enrollmentTarget, fulfillmentProviderSchema } from './enrollment.ts';
import { findSubject } from './find-subject.ts';

const orderSchema = z.looseObject({
  productId: z.string().min(1),
  customizationId: z.string().optional(),
  inventoryProductId: z.string().optional(),
});

const bodySchema = z.looseObject({
  userId: z.string(),
  fulfillmentProvider: fulfillmentProviderSchema,
  fulfillmentData: z.array(orderSchema).min(1),
});

/** `POST …/initiate-fulfillment-request`: only raises one event for each entry. */
export const initiateFulfillmentRequest = changeHandler(async ({ request, tx, record }) => {
  const { userId, fulfillmentData } = parseBody(bodySchema, request.body, 'fulfillmentRequest');
  const user = await findSubject(tx, userId);
  await record(...fulfillmentData.map((order) => initiation(user, order)));
  return { status: 204 };
});

/** The factor target's id refers to nothing: the enrollment does not exist yet. */
function initiation(user: User, order: z.infer<typeof orderSchema>): EventDraft {
  const detailEntry = {
    factorType: 'FIDO_WEBAUTHN',
    fulfillmentProvider: 'yubico',
    yubicoProductId: order.productId,
    ...(order.inventoryProductId === undefined ? {} : { yubicoInventoryProductId: order.inventoryProductId }),
    ...(order.customizationId === undefined ? {} : { yubicoCustomizationId: order.customizationId }),
  };
  return {
    type: 'system.mfa.preregister.initiate',
    targets: [userTarget(user), enrollmentTarget({ id: oktaId('fwf') }, detailEntry)],
  };
}
