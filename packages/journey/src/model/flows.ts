export type FlowSlug =
  | 'mfa-initiated'
  | 'group-add'
  | 'scim-group-add'
  | 'process-shipments'
  | 'profile-recheck'
  | 'cancel-leavers'
  | 'revoke-leavers';

/** The flows, with the titles that Okta Workflows users know. Each can be switched per tenant. */
export const flows: Readonly<Record<FlowSlug, string>> = {
  'mfa-initiated': 'Create shipment trigger - MFA Initiated',
  'group-add': 'Create shipment trigger - Group Add',
  'scim-group-add': 'Create shipment trigger - SCIM Group Add',
  'process-shipments': 'Process shipments',
  'profile-recheck': 'Check held shipments again when a profile changes',
  'cancel-leavers': 'Cancel shipments of people who leave the group or are deactivated',
  'revoke-leavers': 'Revoke credentials of people who are deactivated',
};
