import type { Change } from '../model/change.ts';
import type { Shipment, SigningKeys } from '../model/shipment.ts';
import type { OrderDetails } from '../ports/fulfillment.ts';

/** An order as read, with the keys that the provider published then: they may be gone when its envelopes are opened. */
export interface SeenOrder extends OrderDetails {
  signingKeys: SigningKeys;
}

/** Whether the order has a key whose envelopes were not taken yet. */
export const isKeyToTake = ({ plan }: Shipment, { programmed }: OrderDetails): boolean =>
  programmed !== null && !plan.programmed && plan.credential === 'pending';

/** An answer that names another reference than our order's is about another order. */
const isOurOrder = ({ intents }: Shipment, { reference }: OrderDetails): boolean =>
  reference === null || reference === intents.order?.reference;

/**
 * The provider's envelopes for our enrollment: matched by key id, never by position (invariant 9), and taken as soon as
 * they appear, in any state: a poll may show a parcel in exception before it shows it in transit.
 * @returns null where there is nothing to take
 */
export function takeProgrammedKey(
  current: Shipment,
  order: SeenOrder,
): { change: Change; hold?: 'credential_unmatched' | 'pin_copy_missing' } | null {
  const { programmed, signingKeys } = order;
  if (programmed === null || !isKeyToTake(current, order)) return null;
  const details = { serial: programmed.serial, firmware: programmed.firmware };
  const ours = programmed.credResponses.filter(({ keyId }) => keyId !== null && keyId === current.credential.keyId);
  const [response] = ours;
  if (response === undefined || ours.length > 1 || !isOurOrder(current, order))
    return { change: { credentialDetails: details }, hold: 'credential_unmatched' };
  const isMailedByUs = current.pinPolicy.channel === 'smtp';
  if (isMailedByUs && programmed.pinCopyJwe === null)
    return { change: { credentialDetails: details }, hold: 'pin_copy_missing' };
  return {
    change: {
      programmed: true,
      pin: 'sealed',
      credentialDetails: details,
      secrets: {
        responseEnvelopes: { pinResponseJwe: programmed.pinResponseJwe, credResponseJwe: response.jwe, signingKeys },
        ...(isMailedByUs && programmed.pinCopyJwe !== null
          ? { pinCopy: { jwe: programmed.pinCopyJwe, signingKeys } }
          : {}),
      },
    },
  };
}
