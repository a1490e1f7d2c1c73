import { groupProblems, memberProblems } from '@keycourier/journey/hub/group-changes';
import { catchUpProblems } from '@keycourier/journey/model/catch-up';
import { flows } from '@keycourier/journey/model/flows';
import { holdCodes } from '@keycourier/journey/model/holds';
import { registrationProblems } from '@keycourier/journey/model/registration';
import type { Status } from '@keycourier/journey/model/status';
import { stockProblems } from '@keycourier/journey/model/stock';
import type { pushStatuses } from '@keycourier/ledger/hub/groups';
import { describeCatchUpProblem } from '@keycourier/messages/catch-up';
import { describeHold } from '@keycourier/messages/holds';
import { describeGroupProblem, describeMemberProblem } from '@keycourier/messages/hub-groups';
import { secondHandMessages } from '@keycourier/messages/refusals';
import { describeRegistrationProblem } from '@keycourier/messages/registration';
import { describeStockProblem } from '@keycourier/messages/stock';

import { hubMeanings } from '../hub/hub-meanings.ts';
import { problemTypes } from '../problems.ts';

type Meanings = Readonly<Record<string, string>>;

/** Values with what they mean, for a description: a list in CommonMark. */
export const explained = (meanings: Meanings): string =>
  Object.entries(meanings)
    .map(([value, meaning]) => `- \`${value}\`: ${meaning}`)
    .join('\n');

const statuses: Readonly<Record<Status, string>> = {
  requested: 'the profile is not checked yet',
  ready: 'checked; it waits for a slot, or the credential is being enrolled and the order placed',
  ordered: 'the provider has the order',
  in_transit: 'the parcel left the provider',
  activated: 'the credential is active in Okta; the PIN is not sent yet',
  pin_sent: 'the PIN is sent; the parcel has not arrived yet, as far as is known',
  completed: 'everything is done',
  held: 'an operator must act: see `hold`',
  failed: 'it ended without a key',
  cancelled: 'it was cancelled, or its credential revoked',
};

const orders: Meanings = {
  requested: 'the profile is not checked yet',
  ready: 'it may be enrolled, once it has a slot',
  enrolling: 'Okta is asked to enroll a credential',
  enrolled: 'Okta has a pending enrollment',
  placing: 'the order is sent; whether it arrived is not known yet',
  placed: 'the provider has the order',
  cancelling: 'the provider is asked to cancel the order',
  closed: 'nothing is left to do',
  cancelled: 'cancelled',
  failed: 'it could not be ordered',
};

const parcels: Meanings = {
  none: 'there is no order',
  preparing: 'the provider programs or packs the key',
  in_transit: 'with the carrier',
  exception: 'the carrier reports a problem',
  lost: 'the carrier cannot find the parcel',
  returned: 'it came back',
  delivered: 'it arrived, or its receipt was confirmed',
};

const credentials: Meanings = {
  none: 'not enrolled',
  pending: 'enrolled, and not active before the key is programmed',
  active: 'the key works',
  errored: 'Okta cannot activate it',
  revoked: 'the key no longer works',
};

const pins: Meanings = {
  none: 'there is no PIN yet',
  sealed: 'it waits for its release',
  released: 'it may be sent',
  sending: 'the mail is being sent',
  sent: 'the mail was accepted',
  discarded: 'it is not needed any more',
};

const steps: Meanings = {
  'accept-event': 'decide what an event asks for',
  'expand-members': 'record an event for each member of a group',
  'check-profile': 'read and check the profile',
  'enroll-credential': 'enroll the credential in Okta',
  'place-order': 'order the key',
  'edit-order': 'correct the address of the order',
  'cancel-order': 'cancel the order',
  'track-parcel': 'ask for the programmed key and the parcel',
  'delete-enrollment': 'delete the enrollment in Okta',
  'activate-credential': 'activate the credential in Okta',
  'revoke-credential': 'revoke the credential in Okta',
  'release-pin': 'decide whether the PIN may be sent',
  'send-pin': 'send the PIN',
};

const actions: Meanings = {
  retry: 'lift a hold and repeat the next step',
  cancel: 'cancel the shipment',
  'release-pin': 'send the PIN now',
  'resend-pin': 'have Okta mail the PIN again',
  'confirm-receipt': 'confirm that the key arrived',
  correct: 'correct the address (`/corrections`)',
};

const sources: Meanings = {
  okta: 'the Okta profile',
  hris: 'the HR system',
  scim: 'the directory that SCIM clients provision',
  override: 'the request',
  correction: 'an operator’s correction',
  confirmed: 'an operator’s correction that the check does not know, confirmed to be right',
};

const oktaFields: Meanings = {
  firstName: 'first name',
  lastName: 'last name',
  email: 'primary e-mail address',
  secondEmail: 'secondary e-mail address',
  primaryPhone: 'phone number',
  organization: 'organization',
  streetAddress: 'street',
  city: 'city',
  state: 'state or region',
  zipCode: 'postal code',
  countryCode: 'country',
};

const scopes: Meanings = {
  read: 'show shipments, batches, events and people',
  write: 'request, cancel and retry shipments',
  addresses: 'beside `write` or `operator`: say where a key goes instead of the profile’s address',
  operator: 'decide about holds and PINs; manage flows, keys, connections and people',
  audit: 'read and verify the audit log',
};

const pushStatusMeanings: Readonly<Record<(typeof pushStatuses)[number], string>> = {
  active: 'the hub has the group and its members',
  pending: 'something of it is to be written',
  paused: 'nothing of it is written until it is pushed again',
  problem: 'something keeps it from the hub',
  deleting: 'its group in the hub is being deleted, and then its mapping ends',
};

const table = <Code extends string>(codes: readonly Code[], describe: (code: Code) => string): Meanings =>
  Object.fromEntries(codes.map((code) => [code, describe(code)]));

const titlesOfRefusals = Object.fromEntries(Object.entries(problemTypes).map(([code, [, title]]) => [code, title]));

/** An enum is explained by the first of these that has all its values: where two do, they agree. */
const tables: readonly Meanings[] = [
  { ...statuses, rejected: 'the row did not become a shipment: see its problems' },
  orders,
  parcels,
  credentials,
  pins,
  steps,
  actions,
  sources,
  oktaFields,
  scopes,
  flows,
  { ...flows, api: 'a request', batch: 'a row of a batch' },
  { primary: 'the key that a person works with', backup: 'a second key, to be kept elsewhere' },
  table(holdCodes, describeHold),
  table(registrationProblems, describeRegistrationProblem),
  table(catchUpProblems, describeCatchUpProblem),
  table(stockProblems, describeStockProblem),
  titlesOfRefusals,
  secondHandMessages,
  {
    viewer: 'may read',
    operator: 'may also act on shipments and on people and groups of the hub',
    admin: 'may also read the audit and change settings',
  },
  {
    ready: 'Okta shows that the person has a key that works',
    not_ready: 'Okta shows that they have none',
    pending: 'Okta does not show it yet',
    problem: 'it cannot be written',
  },
  {
    checking: 'a worker looks what it would do: its dry run',
    checked: 'its dry run has ended, and it may be started',
    running: 'a worker applies it',
    ended: 'it has ended',
  },
  {
    unchecked: 'not looked at yet',
    in: 'the action is to be applied, or would be',
    out: 'the check left it out',
    done: 'the action was applied',
    unchanged: 'it was that way already',
    refused: 'it was left as it is, since it could not be applied any more',
    failed: 'an error on our side',
  },
  {
    retry: 'lift the hold and repeat the next step',
    'accept-correction': 'take over the suggested values',
    cancel: 'cancel the shipment',
    'resend-pin': 'have Okta mail the PIN again',
    snooze: 'leave the hold out of what needs attention for a while; of the console alone',
    claim: 'name who looks into the hold; of the console alone',
  },
  { operator: 'it was stopped', access_ended: 'the API key, or the session, of who started it was ended' },
  { config: 'keycourier.yaml', api: 'a request' },
  { api_token: 'an SSWS token', service_app: 'OAuth with a key of its own' },
  { pending: 'it has not ended', passed: 'every check passed', failed: 'a check did not pass' },
  ...hubMeanings,
  pushStatusMeanings,
  { new: 'a group that is made in the hub', existing: 'a group that the hub has, linked on request' },
  table(groupProblems, describeGroupProblem),
  table(memberProblems, describeMemberProblem),
  { login: 'the login', status: 'whether they may sign in', email: 'the address', secondEmail: 'the second address' },
  { bearer: 'a token', client: 'an OAuth client, which gets access tokens' },
  { local: 'everything on one machine', simulators: 'no real keys and mails', production: 'real keys and mails' },
  {
    verified: 'Okta delivers events',
    unverified: 'Okta has not verified the receiver yet',
    inactive: 'it is switched off in Okta',
    missing: 'Okta has none for this receiver',
    unknown: 'not looked up yet, or the credentials may not read it',
  },
  {
    no_requests: 'it has sent nothing for days',
    no_live_token: 'none of its tokens works any more',
    token_expires: 'its last token ends soon',
    read_all_first: 'it reads all users before people entered by hand were included',
    many_failures: 'many of its requests were refused',
  },
];

/** What the values of an enum mean; null where one of them is not known here. */
export function meaningsOf(values: readonly string[]): Meanings | null {
  const found = tables.find((one) => values.every((value) => Object.hasOwn(one, value)));
  return found === undefined ? null : Object.fromEntries(values.map((value) => [value, found[value] ?? '']));
}
