/** What can lift a hold. Cancelling the shipment lifts every hold, too. */
export type Lifter =
  /**
   * An operator retries. The shipment continues from the same state: before the order the profile is checked again, and
   * after it the step that set the hold runs again, which checks the remote state before it acts. Never a second order.
   */
  | 'operator'
  /** The user's profile changed in Okta: the profile is checked again. */
  | 'profile_changed'
  /** The order's state at the provider got better. */
  | 'provider'
  /** An operator accepts, rejects or corrects the address of a placed order. */
  | 'address_correction'
  /** The recipient confirmed the receipt of the key. */
  | 'receipt'
  /** An operator releases the PIN. */
  | 'pin_release'
  /** A SCIM client reactivates the person. */
  | 'reactivation'
  /** The person was pushed to the hub. */
  | 'hub_push';

interface HoldRule {
  liftedBy: readonly Lifter[];
  /** A hold lifted by this is kept in `Shipment.liftedHold`, so that the step that set it knows. */
  rememberedFrom?: Lifter;
}

const ofTheProfile = { liftedBy: ['operator', 'profile_changed'] } as const;
const ofTheOperator = { liftedBy: ['operator'] } as const;
const ofTheProvider = { liftedBy: ['operator', 'provider'] } as const;
const ofTheAddress = { liftedBy: ['operator', 'provider', 'address_correction'] } as const;
const ofTheParcel = { liftedBy: ['operator', 'provider', 'receipt'] } as const;

const holds = {
  profile_problems: ofTheProfile,
  user_not_active: ofTheProfile,
  // Lifted like a profile's, too: what is wrong with the person in the hub may be corrected in the spoke.
  hub_person_missing: { liftedBy: [...ofTheProfile.liftedBy, 'hub_push'] },
  left_group: ofTheOperator,
  suspended: { liftedBy: ['operator', 'reactivation'] },
  product_not_allowed: ofTheOperator,
  okta_forbidden: ofTheOperator,
  provider_forbidden: ofTheProvider,
  hris_forbidden: ofTheOperator,
  enrollment_refused: ofTheOperator,
  enrollment_unclear: ofTheOperator,
  // Set again when the changed profile gives the label that was refused.
  order_refused: { ...ofTheProfile, rememberedFrom: 'profile_changed' },
  order_unclear: ofTheOperator,
  // The operator has seen the second order that the provider will not delete.
  order_duplicated: { ...ofTheOperator, rememberedFrom: 'operator' },
  order_missing: ofTheParcel,
  order_incomplete: ofTheAddress,
  address_suggested: ofTheAddress,
  address_undeliverable: ofTheAddress,
  // A further change does not lift it: the next poll compares again, so that no operator's decision meets a hold that has gone.
  address_changed: { liftedBy: ['operator', 'address_correction'] },
  edit_refused: { liftedBy: ['operator', 'address_correction'] },
  provider_error: ofTheProvider,
  denied_party: ofTheProvider,
  parcel_lost: ofTheParcel,
  parcel_returned: { liftedBy: ['operator', 'receipt'] },
  transit_too_long: ofTheParcel,
  credential_unmatched: ofTheOperator,
  activation_refused: ofTheOperator,
  pin_copy_missing: ofTheOperator,
  // The copy is read from the provider again, where it may have been replaced.
  pin_copy_refused: { ...ofTheOperator, rememberedFrom: 'operator' },
  // The operator who releases the PIN confirms the address that Okta has now.
  pin_address_changed: { liftedBy: ['operator', 'profile_changed', 'pin_release'], rememberedFrom: 'pin_release' },
  mail_refused: ofTheOperator,
} as const satisfies Readonly<Record<string, HoldRule>>;

export type HoldCode = keyof typeof holds;

const isHoldCode = (code: string): code is HoldCode => Object.hasOwn(holds, code);

export const holdCodes: readonly HoldCode[] = Object.keys(holds).filter(isHoldCode);

export const isLiftedBy = (code: HoldCode, lifter: Lifter): boolean => rule(code).liftedBy.includes(lifter);

/** Whether a placed order is compared with its user's profile: where nothing holds it but an earlier such comparison. */
export const isComparable = (hold: { code: HoldCode } | null): boolean =>
  hold === null || hold.code === 'address_changed';

/** Whether a hold of this code is kept in `Shipment.liftedHold` when `lifter` lifts it. */
export const isRemembered = (code: HoldCode, lifter: Lifter): boolean => rule(code).rememberedFrom === lifter;

const rule = (code: HoldCode): HoldRule => holds[code];
