import type { Decision } from '../model/change.ts';
import type { HoldCode } from '../model/holds.ts';
import type { Shipment } from '../model/shipment.ts';

/** A PIN that was sent before, and is to be sent once more. */
export const isResend = ({ pin }: Shipment): boolean => pin.sentAt !== null;

/** Back to where it was before somebody asked; the history says why. */
export const refuseResend = (code: HoldCode): Decision => ({
  change: { pin: 'sent' },
  note: { event: 'pin.resend_refused', detail: { code } },
});
