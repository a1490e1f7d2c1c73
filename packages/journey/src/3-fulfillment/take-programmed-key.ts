import type { Change } from '../model/change.ts';
import type { Shipment } from '../model/shipment.ts';
import type { OrderDetails } from '../ports/fulfillment.ts';

/**
 * The provider's envelopes for our enrollment: matched by key id, never by position (invariant 9), and taken as soon as
 * they appear, in any state: a poll may show a parcel in exception before it shows it in transit.
 * @returns null where there is nothing to take
 */
export function takeProgrammedKey(
  current: Shipment,
  { programmed }: OrderDetails,
): { change: Change; hold?: 'credential_unmatched' | 'pin_copy_missing' } | null {
  if (programmed === null || current.plan.programmed || current.plan.credential !== 'pending') return null;
  const details = { serial: programmed.serial, firmware: programmed.firmware };
  const ours = programmed.credResponses.filter(({ keyId }) => keyId !== null && keyId === current.credential.keyId);
  const [response] = ours;
  if (response === undefined || ours.length > 1)
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
        responseEnvelopes: { pinResponseJwe: programmed.pinResponseJwe, credResponseJwe: response.jwe },
        ...(isMailedByUs && programmed.pinCopyJwe !== null ? { pinCopy: { jwe: programmed.pinCopyJwe } } : {}),
      },
    },
  };
}
