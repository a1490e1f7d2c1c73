import type { Decision } from '../model/change.ts';
import type { HoldCode } from '../model/holds.ts';
import type { CheckedProfile } from '../model/profile.ts';
import type { Shipment } from '../model/shipment.ts';
import type { PinPolicy } from '../model/tenant.ts';

/** The frozen addresses that a PIN goes to: a new user's secondary, an existing user's primary, or both (ARCHITECTURE.md, "The PIN"). */
export function recipientsOf(profile: CheckedProfile, policy: PinPolicy): readonly string[] {
  const own = profile.isNewUser ? profile.secondEmail : profile.email;
  const all = policy.recipient === 'both' ? [profile.secondEmail, profile.email] : [own];
  return [...new Set(all.filter((address): address is string => address !== null && address !== ''))];
}

/** `a…@example.com`: enough to recognise one's own address, too little to write to it. */
export function mask(address: string): string {
  const at = address.lastIndexOf('@');
  return at < 1 ? '…' : `${address.slice(0, 1)}…${address.slice(at)}`;
}

/** A PIN that was sent before and is to be sent once more. */
export const isResend = ({ pin }: Shipment): boolean => pin.sentAt !== null;

/** Restores the state before the resend was requested; the history says why. */
export const refuseResend = (code: HoldCode): Decision => ({
  change: { pin: 'sent' },
  note: { event: 'pin.resend_refused', detail: { code } },
});
