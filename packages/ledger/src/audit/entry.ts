import { randomBytes } from 'node:crypto';

import { z } from 'zod';

import type { ActorKind } from '../console-tables.ts';
import type { Sealing } from '../sealing.ts';

/** Each thing that is recorded: who changed something, or read what is not shown to all who may read. */
export const auditActions = {
  'shipment.retry': 'a held or failed shipment was retried',
  'shipment.cancel': 'a cancellation was requested',
  'shipment.correct': 'an address was corrected, or the order’s own was confirmed',
  'shipment.release_pin': 'a PIN was released before its policy did',
  'shipment.resend_pin': 'Okta was asked to mail a PIN again',
  'shipment.pin_refused': 'what needs a second hand was refused: a PIN of one’s own, or of an own request',
  'shipment.confirm_receipt': 'the receipt of a key was confirmed',
  'shipment.revoke': 'the revocation of a credential was requested',
  'shipment.claim': 'a hold was claimed or given back',
  'shipment.snooze': 'a hold was snoozed',
  'shipment.comment': 'a comment was added',
  'dry_run.started': 'a dry run of a request was started',
  'address.opened': 'an address was shown',
  export: 'a list was exported',
  'bulk.started': 'an action on a filter was started',
  'bulk.stopped': 'an action on a filter was stopped',
  'batch.uploaded': 'a batch was uploaded',
  'flow.switched': 'a flow was switched',
  'job.changed': 'a job was retried, promoted or removed on the job board',
  'key.created': 'an API key was made',
  'key.owner_named': 'the owner of an API key was named',
  'key.rotated': 'an API key got a new secret',
  'key.revoked': 'API keys were revoked',
  'connection.created': 'a SCIM connection was made',
  'connection.changed': 'options of a SCIM connection were changed',
  'connection.revoked': 'a SCIM connection was revoked',
  'connection.handed_over': 'people of a revoked connection got another owner',
  'connection.token_created': 'a token of a SCIM connection was made',
  'connection.token_revoked': 'a token of a SCIM connection was revoked',
  'connection.client_created': 'an OAuth client of a SCIM connection was made',
  'connection.client_revoked': 'an OAuth client of a SCIM connection was revoked',
  'hub.created': 'a hub was named, with a new key',
  'hub.changed': 'the service app of a hub was named',
  'hub.removed': 'a hub was removed with its key',
  'hub.tested': 'a test of a hub was asked for',
  'hub.group_pushed': 'a group was assigned to be pushed to a hub',
  'hub.group_pushed_now': 'a push of a group was asked for',
  'hub.group_paused': 'the push of a group was paused',
  'hub.group_unlinked': 'the push of a group was ended',
  'hub.group_deleted': 'the push of a group was ended, and its group in the hub deleted',
  'hub.settings_changed': 'what a link pushes to a hub was changed',
  'hub.assigned': 'people were assigned to a hub',
  'hub.unassigned': 'a person was unassigned from a hub',
  'hub.people_pushed': 'people were pushed to a hub',
  'hub.compared': 'a comparison with a hub was asked for',
  'hub.import_previewed': 'a dry run of an import from a hub was asked for',
  'hub.import_requested': 'an import from a hub was asked for',
  'hub.import_released': 'an import from a hub that was held was let go on',
  'hub.import_rejected': 'an import from a hub that was held was ended',
  'person.added': 'a person was added by hand',
  'person.changed': 'a person was changed by hand',
  'person.removed': 'a person was removed by hand',
  'group.added': 'a group was added by hand',
  'group.changed': 'a group was changed by hand',
  'group.removed': 'a group was removed by hand',
  'view.saved': 'a view was saved for all operators',
  'view.removed': 'a view was removed for all operators',
  sign_in: 'an operator signed in',
  'sign_in.refused': 'a sign-in was refused',
  'sign_in.break_glass': 'the break-glass account signed in',
  'session.ended': 'a session was ended before its time',
  'settings.changed': 'a setting was changed',
  'audit.exported': 'audit entries were exported',
} as const;

export type AuditAction = keyof typeof auditActions;

export const isAuditAction = (text: string): text is AuditAction => Object.hasOwn(auditActions, text);

export interface Actor {
  kind: ActorKind;
  /** An operator's user name, an API key's id, a user of the machine. It is encrypted. */
  id: string;
  /** What allowed the action: an operator's role, or an API key's scopes. */
  role: string;
}

export interface Subject {
  /** Such as `shipment`, `flow` or `list`. */
  kind: string;
  /** An id or name of ours, never personal data: it is stored in clear. */
  id: string;
}

/** Names, codes and counts, in clear: never personal data. */
export type AuditDetail = Readonly<Record<string, string | number | boolean | null>>;

export interface NewAuditEntry {
  tenant: string;
  actor: Actor;
  action: AuditAction;
  subject: Subject;
  detail?: AuditDetail;
  /** The operator's own words, up to 1,000 characters. They are encrypted. */
  reason?: string | null;
  requestId?: string | null;
}

/** A position in the chain of a tenant. Kept elsewhere, it shows later whether entries up to it were removed or written anew. */
export interface Anchor {
  seq: number;
  /** In hex. */
  hash: string;
}

/** The sealed part. The salt keeps its digest from being compared with guesses once it is erased. */
const details = z.strictObject({ salt: z.string(), actor: z.string(), reason: z.string().nullable() });
export type Details = z.output<typeof details>;

export const newDetails = (actor: string, reason: string | null): Details => ({
  salt: randomBytes(16).toString('base64url'),
  actor,
  reason,
});

export const parseDetails = (text: string): Details => details.parse(JSON.parse(text));

export const digestOf = (sealing: Sealing, { salt, actor, reason }: Details): Buffer =>
  sealing.auditHash(JSON.stringify(['details', 1, salt, actor, reason]));

/** By tenant: the same user name has another index in each. */
export const actorIndexOf = (sealing: Sealing, tenant: string, actor: string): string =>
  sealing.blindIndex(['audit actor', tenant, actor].join('\n'));

/** What the hash of an entry covers, as stored. */
export interface Chained {
  tenant: string;
  seq: number;
  at: Date;
  actor_kind: string;
  role: string;
  action: string;
  subject_kind: string;
  subject_id: string;
  detail: string;
  request_id: string | null;
  digest: Buffer;
  previous_hash: Buffer;
}

/** The keyed hash of an entry: its place, all that it says, and the hash of the one before. */
export const hashOf = (sealing: Sealing, entry: Chained): Buffer =>
  sealing.auditHash(
    JSON.stringify([
      'entry',
      1,
      entry.tenant,
      entry.seq,
      entry.at.toISOString(),
      entry.actor_kind,
      entry.role,
      entry.action,
      entry.subject_kind,
      entry.subject_id,
      entry.detail,
      entry.request_id,
      entry.digest.toString('base64url'),
      entry.previous_hash.toString('base64url'),
    ]),
  );

/** The first entry of a chain has this before it. */
export const noHash = Buffer.alloc(32);

export const headMacOf = (sealing: Sealing, tenant: string, { seq, hash }: Anchor): Buffer =>
  sealing.auditHash(JSON.stringify(['head', 1, tenant, seq, hash]));
