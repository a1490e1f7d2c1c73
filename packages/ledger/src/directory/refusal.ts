import type { ScimType } from '@keycourier/scim-protocol/scim-error';

export type RefusalReason =
  | 'not_found'
  | 'version_differs'
  | 'user_name_taken'
  | 'user_name_elsewhere'
  | 'group_name_taken'
  | 'ambiguous_person'
  | 'open_shipment'
  | 'owned_by_client'
  | 'user_name_rule'
  | 'unknown_member';

/** Why a write changes nothing, as SCIM answers it. `detail` names the attribute and the rule, never a value. */
export interface Refusal {
  outcome: 'refused';
  reason: RefusalReason;
  status: 400 | 404 | 409 | 412;
  scimType: ScimType | null;
  detail: string;
}

/** What is another's looks the same as what is not there. */
export const notFound = (what: 'user' | 'group'): Refusal => ({
  outcome: 'refused',
  reason: 'not_found',
  status: 404,
  scimType: null,
  detail: `There is no ${what} with this id.`,
});

export const versionDiffers = (what: 'user' | 'group'): Refusal => ({
  outcome: 'refused',
  reason: 'version_differs',
  status: 412,
  scimType: null,
  detail: `The ${what} has changed since the version that If-Match names: read it again and repeat the change.`,
});

export const conflict = (reason: RefusalReason, detail: string): Refusal => ({
  outcome: 'refused',
  reason,
  status: 409,
  scimType: 'uniqueness',
  detail,
});

export const invalidValue = (reason: RefusalReason, detail: string): Refusal => ({
  outcome: 'refused',
  reason,
  status: 400,
  scimType: 'invalidValue',
  detail,
});

/** An operator edits by hand only what no client provisions: the client would overwrite it. */
export const ownedByClient: Refusal = {
  outcome: 'refused',
  reason: 'owned_by_client',
  status: 409,
  scimType: 'mutability',
  detail: 'A SCIM connection owns this record: change it in the system that provisions it, or revoke the connection.',
};
