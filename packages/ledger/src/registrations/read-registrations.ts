import type { RegistrationProblem } from '@keycourier/journey/model/registration';
import { sql, type Kysely } from 'kysely';

import type { Tables } from '../tables.ts';

/** `pending` until Okta was found to have what is wanted; `problem` where it cannot be written. */
export const registrationStates = ['ready', 'not_ready', 'pending', 'problem'] as const;

export type RegistrationStateName = (typeof registrationStates)[number];

export interface Registration {
  state: RegistrationStateName;
  writtenAt: Date | null;
  problem: RegistrationProblem | null;
}

/** Of a row of `registrations`. */
export const registrationState = sql<RegistrationStateName>`case when problem is not null then 'problem'
  when written is distinct from wanted then 'pending' when wanted then 'ready' else 'not_ready' end`;

/** A person of a shipment, by what identifies a registration. */
const keyOf = (tenant: string, userId: string): string => `${tenant} ${userId}`;

/** The registrations of the people of shipments, by the shipment's id: one query for any number of them. */
export async function readRegistrations(
  db: Kysely<Tables>,
  shipments: readonly { id: string; tenant: string; user: { id: string | null } }[],
): Promise<ReadonlyMap<string, Registration>> {
  const known = shipments.flatMap(({ id, tenant, user }) =>
    user.id === null ? [] : [{ id, tenant, userId: user.id }],
  );
  if (known.length === 0) return new Map();
  const rows = await db
    .selectFrom('registrations')
    .select(['tenant', 'okta_user_id', 'written_at', 'problem', registrationState.as('state')])
    .where('tenant', 'in', [...new Set(known.map(({ tenant }) => tenant))])
    .where('okta_user_id', 'in', [...new Set(known.map(({ userId }) => userId))])
    .execute();
  const byPerson = new Map(
    rows.map((row) => [
      keyOf(row.tenant, row.okta_user_id),
      { state: row.state, writtenAt: row.written_at, problem: row.problem },
    ]),
  );
  return new Map(
    known.flatMap(({ id, tenant, userId }) => {
      const found = byPerson.get(keyOf(tenant, userId));
      return found === undefined ? [] : [[id, found] as const];
    }),
  );
}

export interface RegistrationStatus {
  counts: Readonly<Record<RegistrationStateName, number>>;
  /** How many people have each problem. */
  problems: readonly { code: RegistrationProblem; people: number }[];
  settingsProblem: { code: RegistrationProblem; since: Date; retryAt: Date | null } | null;
}

/** How far registrations are written in an org: a tenant's, or its hub by that one's name. */
export async function readRegistrationStatus({ db }: { db: Kysely<Tables> }, org: string): Promise<RegistrationStatus> {
  const rows = await db
    .selectFrom('registrations')
    .select([registrationState.as('state'), 'problem', sql<number>`count(*)::int`.as('people')])
    .where('tenant', '=', org)
    .groupBy([registrationState, 'problem'])
    .orderBy('problem')
    .execute();
  const settings = await db
    .selectFrom('registration_settings')
    .select(['problem', 'problem_since', 'retry_at'])
    .where('tenant', '=', org)
    .executeTakeFirst();
  const counts = { ready: 0, not_ready: 0, pending: 0, problem: 0 };
  for (const row of rows) counts[row.state] += row.people;
  const since = settings?.problem_since ?? null;
  return {
    counts,
    problems: rows.flatMap(({ problem: code, people }) => (code === null ? [] : [{ code, people }])),
    settingsProblem:
      settings === undefined || settings.problem === null || since === null
        ? null
        : { code: settings.problem, since, retryAt: settings.retry_at },
  };
}
