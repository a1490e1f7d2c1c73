import type { BulkAction, OutCode } from '@keycourier/journey/requests/bulk-actions';

import { refusalMessages, secondHandMessages } from './refusals.ts';

interface BulkTexts {
  /** With the number of shipments, as on a button. */
  title: (count: string) => string;
  /** What it does with each of them, and what it leaves out. */
  effect: string;
}

/** "1 shipment", "1,000+ shipments". */
export const shipmentsText = (count: string): string => `${count} ${count === '1' ? 'shipment' : 'shipments'}`;

const holdsText = (count: string): string => `${count} ${count === '1' ? 'hold' : 'holds'}`;

/** What may be done to all shipments that a filter selects, as API, console and command line describe it. */
export const bulkTexts: Readonly<Record<BulkAction, BulkTexts>> = {
  retry: {
    title: (count) => `Retry ${shipmentsText(count)}`,
    effect:
      'After the remedy: lifts each hold and repeats the next step. Left out is what is not held, and what an operator has to look at one by one: an order that the provider has twice, a person whom a SCIM client deactivated.',
  },
  'accept-correction': {
    title: (count) => `Accept the correction of ${shipmentsText(count)}`,
    effect:
      'Takes over the values that are suggested for each held address, for that shipment alone. Left out is what has no suggestion, and what would be held again with it.',
  },
  cancel: {
    title: (count) => `Cancel ${shipmentsText(count)}`,
    effect:
      'Cancels each order, then deletes the enrollment in Okta. It cannot be taken back. Left out is what the provider has locked.',
  },
  'resend-pin': {
    title: (count) => `Resend the PINs of ${shipmentsText(count)}`,
    effect:
      'Has Okta mail each PIN once more, such as after a mail server lost them. Left out is a PIN that keycourier mailed itself, your own, and that of a key which you requested.',
  },
  snooze: {
    title: (count) => `Snooze ${holdsText(count)}`,
    effect: 'Leaves each held shipment out of what needs attention for that time. Nothing about the shipment changes.',
  },
  claim: {
    title: (count) => `Claim ${holdsText(count)}`,
    effect: 'Names you as the operator who looks into each of them, also where another one does now.',
  },
};

const ofBulk: Readonly<Partial<Record<OutCode, string>>> = {
  needs_operator: 'An operator has to look at it by itself. Open it, and retry it there.',
  not_held: 'It is not held: nothing waits for this.',
  shipment_held: 'It is held: resolve that first.',
  shipment_ended: 'It has ended.',
  order_locked: 'The provider has locked the order: it can no longer be cancelled or corrected.',
  nothing_suggested: 'There is no suggested correction.',
  correction_unshippable: 'It would be held again with the suggested correction.',
  order_under_way: 'The order is being placed or cancelled, or the hold is not about its address.',
  credential_not_active: 'The credential is not active in Okta.',
  pin_not_sent: 'Its PIN was not sent yet.',
  pin_forgotten: 'keycourier mailed this PIN itself, and has no copy of it.',
  duplicate: 'The person has another open shipment for this purpose.',
  changed_since: 'It changed after the dry run, so it was left as it is. Start another dry run.',
  changed_meanwhile: 'It changed in the same moment. Start another dry run.',
  erased: 'It no longer exists.',
  overrides_forbidden: 'The tenant permits no corrections: addresses come from Okta or the HRIS alone.',
  fault: 'An error on our side, which is in the log of the worker.',
  own_pin: 'This PIN is of the operator who acts: another one has to resend it.',
  own_request: 'Who acts requested this key, or holds the API key that did: another one has to resend its PIN.',
};

const others: Readonly<Record<string, string>> = { ...refusalMessages, ...secondHandMessages, ...ofBulk };

/** Why a shipment has no part in an action on a filter; of a later version, the code. */
export const describeOut = (code: string): string =>
  Object.hasOwn(others, code) ? (others[code] ?? code) : code.replaceAll('_', ' ');
