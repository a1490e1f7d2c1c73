/** What each sealed value is bound to: one that is copied to another place cannot be unsealed. */
export const sealedContext = {
  note: (shipmentId: string): string => `shipments.note:${shipmentId}`,
  secret: (shipmentId: string, name: string): string => `secrets.${name}:${shipmentId}`,
  eventBody: (eventId: string): string => `inbound_events.body:${eventId}`,
  deliveries: (id: string): string => `inbound_deliveries.body:${id}`,
  rowSubject: (batchId: string, row: number | string): string => `batch_rejections.subject:${batchId}:${row}`,
  attribute: (personId: string, name: string): string => `person_attributes.sealed:${personId}:${name}`,
  auditDetails: (tenant: string, seq: number | string): string => `audit_entries.sealed:${tenant}:${seq}`,
  hubKey: (tenant: string): string => `hub_links.private_key:${tenant}`,
  hubQuestion: (tenant: string, kind: string, spokeId: string): string =>
    `link_assignments.question:${tenant}:${kind}:${spokeId}`,
  creatingLogin: (mirrorId: string): string => `mirrors.creating_login:${mirrorId}`,
  sourcedLogin: (tenant: string, hubUserId: string): string => `sourced_people.creating_login:${tenant}:${hubUserId}`,
  holdComment: (commentId: string): string => `hold_comments.sealed:${commentId}`,
  bulkAction: (id: string): string => `bulk_actions.sealed:${id}`,
  /** `key` as stored. */
  answer: (apiKeyId: string, key: string): string => `idempotency_keys.answer:${apiKeyId}:${key}`,
};

export interface SealedColumn {
  table: string;
  column: string;
  /** The primary key. */
  key: readonly string[];
  /** The context of the value in a row, from the values of its primary key. */
  contextOf: (...key: readonly string[]) => string;
}

/** Every column that holds sealed values: what a new sealing key must seal again. */
export const sealedColumns: readonly SealedColumn[] = [
  { table: 'shipments', column: 'note', key: ['id'], contextOf: (id = '') => sealedContext.note(id) },
  {
    table: 'secrets',
    column: 'sealed',
    key: ['shipment_id', 'name'],
    contextOf: (shipmentId = '', name = '') => sealedContext.secret(shipmentId, name),
  },
  { table: 'inbound_events', column: 'body', key: ['id'], contextOf: (id = '') => sealedContext.eventBody(id) },
  {
    table: 'inbound_deliveries',
    column: 'body',
    key: ['tenant', 'priority', 'id'],
    contextOf: (_tenant, _priority, id = '') => sealedContext.deliveries(id),
  },
  {
    table: 'batch_rejections',
    column: 'subject',
    key: ['batch_id', 'row'],
    contextOf: (batchId = '', row = '') => sealedContext.rowSubject(batchId, row),
  },
  {
    table: 'person_attributes',
    column: 'sealed',
    key: ['person_id', 'name'],
    contextOf: (personId = '', name = '') => sealedContext.attribute(personId, name),
  },
  {
    table: 'hub_links',
    column: 'private_key',
    key: ['tenant'],
    contextOf: (tenant = '') => sealedContext.hubKey(tenant),
  },
  {
    table: 'link_assignments',
    column: 'question',
    key: ['tenant', 'subject_kind', 'spoke_id'],
    contextOf: (tenant = '', kind = '', spokeId = '') => sealedContext.hubQuestion(tenant, kind, spokeId),
  },
  {
    table: 'mirrors',
    column: 'creating_login',
    key: ['id'],
    contextOf: (id = '') => sealedContext.creatingLogin(id),
  },
  {
    table: 'sourced_people',
    column: 'creating_login',
    key: ['tenant', 'hub_user_id'],
    contextOf: (tenant = '', hubUserId = '') => sealedContext.sourcedLogin(tenant, hubUserId),
  },
  { table: 'hold_comments', column: 'sealed', key: ['id'], contextOf: (id = '') => sealedContext.holdComment(id) },
  { table: 'bulk_actions', column: 'sealed', key: ['id'], contextOf: (id = '') => sealedContext.bulkAction(id) },
  {
    table: 'idempotency_keys',
    column: 'answer',
    key: ['api_key_id', 'key'],
    contextOf: (apiKeyId = '', key = '') => sealedContext.answer(apiKeyId, key),
  },
  {
    table: 'audit_entries',
    column: 'sealed',
    key: ['tenant', 'seq'],
    contextOf: (tenant = '', seq = '') => sealedContext.auditDetails(tenant, seq),
  },
];
