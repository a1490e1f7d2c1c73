/** An event as Okta's hooks deliver it, with the fields that are never read. The targets may be in any order. */
export function eventOf(
  eventType: string,
  target: unknown,
  fields: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return {
    uuid: 'c2f0a7e0-uuid',
    published: '2026-03-02T09:00:00.000Z',
    eventType,
    version: '0',
    severity: 'INFO',
    actor: { id: '00uadmin', type: 'User', alternateId: 'admin@work.example', detailEntry: null },
    outcome: { result: 'SUCCESS', reason: null },
    client: { ipChain: [] },
    debugContext: { debugData: {} },
    target,
    ...fields,
  };
}

export const userTarget = {
  id: '00u1',
  type: 'User',
  alternateId: 'zuzana@work.example',
  displayName: 'Z Q',
  detailEntry: null,
};

export const groupTarget = (id = '00g1', displayName = 'anything'): Record<string, unknown> => ({
  id,
  type: 'UserGroup',
  alternateId: 'unknown',
  displayName,
  detailEntry: null,
});

export const camelDetail = {
  factorType: 'webauthn',
  fulfillmentProvider: 'yubico',
  yubicoProductId: '1',
  yubicoInventoryProductId: '106',
  yubicoCustomizationId: 'RXJN83',
};

export const snakeDetail = {
  factor_type: 'webauthn',
  fulfillment_provider: 'yubico',
  yubico_product_id: '1',
  yubico_inventory_product_id: '106',
  yubico_customization_id: 'RXJN83',
};

/** The type of this target is undocumented. */
export const factorTarget = (detailEntry: unknown = camelDetail): Record<string, unknown> => ({
  id: 'opf1',
  type: 'AuthenticatorEnrollment',
  alternateId: 'unknown',
  displayName: 'Security Key',
  detailEntry,
});

export const groupAdd = (...targets: readonly unknown[]): Record<string, unknown> =>
  eventOf('group.user_membership.add', targets.length === 0 ? [userTarget, groupTarget()] : targets);

export const mfaInitiated = (...targets: readonly unknown[]): Record<string, unknown> =>
  eventOf('system.mfa.preregister.initiate', targets.length === 0 ? [userTarget, factorTarget()] : targets);
