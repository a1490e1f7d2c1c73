/** An event as Okta delivers it. */
export const groupAdd = (uuid: unknown, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({
  uuid,
  published: '2026-01-02T03:04:05.600Z',
  eventType: 'group.user_membership.add',
  version: '0',
  actor: { id: '00u1', type: 'User', alternateId: 'admin@acme.example', displayName: 'Admin', detailEntry: null },
  target: [
    { id: '00u2', type: 'User', alternateId: 'canary@acme.example', displayName: 'Canary Person', detailEntry: null },
    { id: '00g1', type: 'UserGroup', alternateId: 'unknown', displayName: 'YubiKey', detailEntry: null },
  ],
  outcome: { result: 'SUCCESS', reason: null },
  ...more,
});

export const envelope = (events: readonly unknown[]): Record<string, unknown> => ({
  eventType: 'com.okta.event_hook',
  eventTypeVersion: '1.0',
  cloudEventsVersion: '0.1',
  source: 'https://acme.okta.com/api/v1/eventHooks/who1',
  eventId: 'b1f7a1a6-0000-4000-8000-000000000001',
  eventTime: '2026-01-02T03:04:05.678Z',
  contentType: 'application/json',
  data: { events },
});
