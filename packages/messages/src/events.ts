/** Reasons that are codes; the others are stored as the part of a sentence that they are. */
const reasons: Readonly<Record<string, string>> = {
  created: 'a shipment was created',
  'flow off': 'the flow was off when the event was published',
  user_not_found: 'Okta has no such user',
  already_open: 'the person has an open shipment for this purpose',
  has_active_key: 'the person has a key that works',
  check_under_way: 'the profile of the person is being checked',
  suspended: 'the person was deactivated; the event is judged again after the grace time',
  offboarded: 'shipments were cancelled or their credentials are revoked',
  reactivated: 'shipments that were suspended continue',
  rechecked: 'the profile is checked again',
  welcomed: 'a welcome mail was sent',
};

const outcomes: Readonly<Record<string, string>> = {
  received: 'Received, and not decided yet',
  accepted: 'Accepted',
  ignored: 'Ignored',
  set_aside: 'Set aside, since it could not be understood',
};

/** What became of an event, and why: one sentence. `redeliveries`: how often it came again, which changed nothing. */
export function describeEvent(outcome: string, reason: string | null, redeliveries = 0): string {
  const what = outcomes[outcome] ?? outcome;
  const why = reason === null ? '' : `: ${textOf(reason)}`;
  const times = redeliveries === 1 ? 'once more' : `${redeliveries} times more`;
  return `${what}${why}.${redeliveries === 0 ? '' : ` Delivered ${times}, which changed nothing.`}`;
}

/** A code may have an id behind it, which stays as it is: no id consists of letters alone. */
function textOf(reason: string): string {
  const [, code = reason, id = ''] = /^(\S+)( \(\S+\))$/.exec(reason) ?? [];
  const text = Object.hasOwn(reasons, code) ? reasons[code] : undefined;
  if (text !== undefined) return `${text}${id}`;
  return reason.replaceAll(/\b[a-z]+(?:_[a-z]+)+\b/g, (word) => word.replaceAll('_', ' '));
}

/** Why, beside a mark that says what became of it; null where the mark says all. */
export function describeEventReason(outcome: string, reason: string | null): string | null {
  if (outcome !== 'accepted' && outcome !== 'ignored') return describeEvent(outcome, reason);
  if (reason === null) return null;
  const text = textOf(reason);
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}
