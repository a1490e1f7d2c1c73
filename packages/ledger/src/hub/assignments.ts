import type { InitialStatus } from '@keycourier/journey/hub/person-changes';
import type { PersonAssignment, SecurityQuestion } from '@keycourier/journey/ports/hub';
import { sql } from 'kysely';
import { z } from 'zod';

import { inTransaction, type Database, type Ledger, type Tx } from '../connect-ledger.ts';
import { sealedContext } from '../sealed-columns.ts';

export interface AssignmentSubject {
  tenant: string;
  kind: 'person' | 'group';
  /** The id in the spoke. */
  spokeId: string;
}

export interface NewAssignment extends AssignmentSubject {
  initialStatus: InitialStatus | null;
  /** For a person alone; erased once it was set in the hub. */
  securityQuestion: SecurityQuestion | null;
  assignedBy: string;
}

/** Assigns a person or a group to the link, or changes with what they are: a question that waits stays unless another comes. */
export async function assignToHub(ledger: Pick<Ledger, 'db' | 'sealing'>, assignment: NewAssignment): Promise<void> {
  const { tenant, kind, spokeId, initialStatus, securityQuestion, assignedBy } = assignment;
  const question =
    securityQuestion === null
      ? null
      : ledger.sealing.seal(JSON.stringify(securityQuestion), sealedContext.hubQuestion(tenant, kind, spokeId));
  const values = { initial_status: initialStatus, question };
  await ledger.db
    .insertInto('link_assignments')
    .values({ tenant, subject_kind: kind, spoke_id: spokeId, assigned_by: assignedBy, ...values })
    .onConflict((conflict) =>
      conflict.columns(['tenant', 'subject_kind', 'spoke_id']).doUpdateSet({
        ...values,
        question: sql`coalesce(excluded.question, link_assignments.question)`,
      }),
    )
    .execute();
}

/** False where there is no such assignment. It makes no one due. */
export async function unassignFromHub({ db }: Pick<Ledger, 'db'>, subject: AssignmentSubject): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('link_assignments')
    .where('tenant', '=', subject.tenant)
    .where('subject_kind', '=', subject.kind)
    .where('spoke_id', '=', subject.spokeId)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

type Assigned = Omit<AssignmentSubject, 'tenant'>;

export interface Assignment extends Assigned {
  initialStatus: InitialStatus | null;
  hasSecurityQuestion: boolean;
  assignedAt: Date;
}

/** A page of a tenant's assignments, in the order of their kinds and ids; or the one of `only`. */
export async function listAssignments(
  { db }: Pick<Ledger, 'db'>,
  { tenant, after, limit, only }: { tenant: string; after: Assigned | null; limit: number; only?: Assigned },
): Promise<readonly Assignment[]> {
  const rows = await db
    .selectFrom('link_assignments')
    .select(['subject_kind', 'spoke_id', 'initial_status', 'assigned_at'])
    .select(sql<boolean>`question is not null`.as('hasQuestion'))
    .where('tenant', '=', tenant)
    .$if(after !== null, (query) =>
      query.where(sql<boolean>`(subject_kind, spoke_id) > (${after?.kind ?? ''}, ${after?.spokeId ?? ''})`),
    )
    .$if(only !== undefined, (query) =>
      query.where(sql<boolean>`(subject_kind, spoke_id) = (${only?.kind ?? ''}, ${only?.spokeId ?? ''})`),
    )
    .orderBy('subject_kind')
    .orderBy('spoke_id')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    kind: row.subject_kind,
    spokeId: row.spoke_id,
    initialStatus: row.initial_status,
    hasSecurityQuestion: row.hasQuestion,
    assignedAt: row.assigned_at,
  }));
}

/** The groups of the spoke that are assigned, in the order of their ids. */
export async function readAssignedGroups({ db }: Pick<Ledger, 'db'>, tenant: string): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('link_assignments')
    .select('spoke_id')
    .where('tenant', '=', tenant)
    .where('subject_kind', '=', 'group')
    .orderBy('spoke_id')
    .execute();
  return rows.map((row) => row.spoke_id);
}

const questionSchema = z.strictObject({ question: z.string(), answer: z.string() });

/** How a person is assigned by themselves; null where they are not. */
export async function readAssignment(
  ledger: Pick<Ledger, 'db' | 'sealing'>,
  person: { tenant: string; userId: string },
): Promise<PersonAssignment | null> {
  const row = await ofPerson(ledger.db, person).executeTakeFirst();
  if (row === undefined) return null;
  return {
    initialStatus: row.initial_status,
    ...(row.has_key ? { hasKey: true } : {}),
    securityQuestion: unsealQuestion(ledger, person, row.question),
  };
}

const ofPerson = (db: Database | Tx, { tenant, userId }: { tenant: string; userId: string }) =>
  db
    .selectFrom('link_assignments')
    .select(['initial_status', 'question', 'has_key'])
    .where('tenant', '=', tenant)
    .where('subject_kind', '=', 'person')
    .where('spoke_id', '=', userId);

function unsealQuestion(
  { sealing }: Pick<Ledger, 'sealing'>,
  { tenant, userId }: { tenant: string; userId: string },
  sealed: string | null,
): SecurityQuestion | null {
  if (sealed === null) return null;
  return questionSchema.parse(JSON.parse(sealing.unseal(sealed, sealedContext.hubQuestion(tenant, 'person', userId))));
}

/** A question that was set in the hub is not kept. One that was assigned while it was being set is another one, and stays. */
export async function eraseQuestion(
  ledger: Pick<Ledger, 'db' | 'sealing'>,
  person: { tenant: string; userId: string },
  { question, answer }: SecurityQuestion,
): Promise<void> {
  await inTransaction(ledger.db, async (tx) => {
    const row = await ofPerson(tx, person).forUpdate().executeTakeFirst();
    const kept = unsealQuestion(ledger, person, row?.question ?? null);
    if (kept?.question !== question || kept.answer !== answer) return;
    await sql`
      update link_assignments set question = null
      where tenant = ${person.tenant} and subject_kind = 'person' and spoke_id = ${person.userId}`.execute(tx);
  });
}
