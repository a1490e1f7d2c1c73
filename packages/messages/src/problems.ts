import type { HubPersonProblem } from '@keycourier/journey/hub/person-changes';
import type { ConnectorFault } from '@keycourier/journey/ports/errors';

import { describeHold } from './holds.ts';

const faults: Readonly<Record<ConnectorFault, string>> = {
  unreachable: 'The service could not be reached. Retry once it is available.',
  outcome_unknown: 'The service sent no readable response. Retry.',
  rate_limited: 'The service limits the number of requests. Retry later.',
  unauthorized: 'The service does not accept our credentials. Correct the configuration.',
  forbidden: 'The service accepts our credentials, but not for this object. See the hold for what to grant there.',
  refused: 'The service refused the request without a reason. Contact its operator.',
  not_found: 'The service no longer has this object. Find out there what happened to it.',
};

/** Why a person has no user in the hub who could sign in with the key. */
const hubProblems: Readonly<
  Record<HubPersonProblem | 'not_pushed' | 'another_hub_user' | 'not_active_in_hub', string>
> = {
  not_in_spoke: 'The spoke has no user of this id any more. Cancel the shipment.',
  linked_elsewhere: 'The user of the hub with this login belongs to another person. Give one of the two another login.',
  sourced_elsewhere:
    'Another source owns the user of the hub with this login. Take them out of it, or change the login.',
  gone_from_hub: 'The user of the hub was deleted there. Push the person again by hand.',
  deactivated_in_hub: 'The user was deactivated in the hub itself. Activate them there, or push the person by hand.',
  cannot_be_staged: 'The hub cannot make a deactivated user pending: choose an active initial status.',
  login_taken: 'The hub has another user with this login. Change one of the two.',
  login_missing: 'The mapping of the link gives the person no login.',
  profile_refused: 'The hub refused attributes of the profile. See the person at the link for their names.',
  password_refused: 'The hub refused the temporary password: its policy asks for more than that of the spoke.',
  forbidden: faults.forbidden,
  refused: faults.refused,
  overwritten: 'Another source keeps changing the user of the hub. Have it leave the mapped attributes alone.',
  not_pushed:
    'The tenant has no hub, or its link does not create or reactivate people. Name one, or switch that on, then retry.',
  another_hub_user: 'The credential belongs to another user of the hub than the person has now. Cancel the shipment.',
  not_active_in_hub: 'The user is deactivated or suspended in the hub. Activate them there, then retry.',
};

/** One sentence for each problem that a step of the journey puts on a shipment. None holds a value. */
export const problemMessages: Readonly<Record<string, string>> = {
  ...faults,
  ...hubProblems,
  not_active: 'The user is deactivated or suspended in Okta. Activate the user, then retry.',
  user_not_found:
    'Okta has no user with this id or login. Create the user and retry, or send a new request with the correct one.',
  not_a_member: 'The user is no longer in the group that triggered the shipment. Add the user again, then retry.',
  not_in_the_tenants_list: "The product is not in the tenant's product list. Add it to the configuration, then retry.",
  more_than_one_since_our_call:
    'Okta has more than one new enrollment since our unanswered request. Delete the ones that are not needed, then retry.',
  more_than_one_with_our_reference:
    'The provider has several orders with our reference. Have all but one cancelled, then retry.',
  a_second_order_is_locked:
    'A second order for this request can no longer be cancelled. Have the provider stop one of the two.',
  changed_in_profile:
    'The profile has another value than the order: accept it, reject it to ship as ordered, or correct it.',
  provider_suggests_another:
    'The provider suggests a different value. Accept it, reject it to ship as ordered, or send a correction.',
  undeliverable:
    'According to the provider no courier delivers there. Check street, city and postal code together, and correct them.',
  gone: 'A sealed value that this step needs has been deleted. The step cannot be repeated.',
  sealed_to_another_key:
    'The copy is encrypted to a key that is not ours. Have the provider register the PIN-copy key of this installation, and replace the copy.',
  unopened:
    'The copy cannot be decrypted: it was altered, or encrypted in another way than agreed. Have the provider replace it.',
  unreadable:
    'The content of the copy is not in the agreed format. Have the provider replace it: version, shipmentId, serial and pin, and nothing else.',
  unsigned:
    'The copy is not signed. Have the provider sign it with a key that it publishes. Where it publishes none, fulfillment.unsignedPinCopies decides.',
  signed_by_another_key:
    'The copy is signed with a key that the provider does not publish. Ask the provider whether the copy is its own.',
  badly_signed: 'The signature of the copy is not valid. Ask the provider whether the copy is its own.',
  for_another_order: 'The copy is of another order. Ask the provider which order it belongs to, and to replace it.',
  for_another_key:
    'The copy is of a key with another serial number. Ask the provider which key it belongs to, and to replace it.',
  transit_too_long: describeHold('transit_too_long'),
  credential_unmatched: describeHold('credential_unmatched'),
  pin_copy_missing: describeHold('pin_copy_missing'),
  changed_since_the_check: describeHold('pin_address_changed'),
};
