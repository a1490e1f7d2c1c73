import { createRefuse, standardProblems, type ProblemTypes } from '@keycourier/http/answer';

/** Every refusal of the API, with its status and its title. */
export const problemTypes = {
  ...standardProblems,
  no_such_product: [400, 'Unknown or ambiguous product'],
  needs_operator: [403, 'The API key lacks the required scope'],
  second_hand_needed: [403, 'Another API key has to do this'],
  overrides_forbidden: [403, 'The tenant does not allow other addresses'],
  scopes_exceeded: [403, 'The API key cannot grant these scopes'],
  limits_exceeded: [403, 'The API key cannot grant these limits'],
  already_open: [409, 'The user already has an open shipment for this purpose'],
  duplicate: [409, 'The user has another open shipment for this purpose'],
  changed_meanwhile: [409, 'The shipment changed during the request'],
  shipment_ended: [409, 'The shipment has ended'],
  credential_not_active: [409, 'The credential is not active'],
  pin_not_waiting: [409, 'No PIN is waiting for release'],
  pin_not_sent: [409, 'The PIN has not been sent yet'],
  pin_forgotten: [409, 'Our copy of the PIN was deleted'],
  shipment_held: [409, 'The shipment is held'],
  not_held: [409, 'The shipment is not held'],
  not_shipped_yet: [409, 'The key has not shipped yet'],
  already_confirmed: [409, 'Receipt is already confirmed'],
  order_locked: [409, 'The provider has locked the order'],
  order_under_way: [409, 'The order cannot be corrected now'],
  nothing_suggested: [409, 'There is no suggestion to accept or reject'],
  connection_name_taken: [409, 'Another connection has this name'],
  connection_revoked: [409, 'The connection is revoked'],
  two_live: [409, 'Two are live already'],
  user_name_taken: [409, 'Another user has this user name'],
  group_name_taken: [409, 'Another group has this name'],
  owned_by_client: [409, 'A SCIM client owns this record'],
  connection_not_revoked: [409, 'The connection is not revoked'],
  hub_exists: [409, 'The tenant has a hub'],
  hub_in_config: [409, 'The config file names the hub'],
  no_hub: [409, 'The tenant has no hub with a service app'],
  not_a_dry_run: [409, 'The batch is no dry run'],
  check_not_ended: [409, 'Some of it is still being checked'],
  check_too_old: [409, 'The check is too old'],
  too_many_checks: [409, 'Too many actions are being checked'],
  another_runs: [409, 'The same action runs already'],
  key_revoked: [409, 'The API key is revoked'],
  correction_unshippable: [422, 'The corrected address is not deliverable'],
} as const satisfies ProblemTypes<string>;

export type ProblemCode = keyof typeof problemTypes;

export const refuse = createRefuse<ProblemCode>(problemTypes);
