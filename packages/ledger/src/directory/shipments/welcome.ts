import type { WelcomeClaim } from '@keycourier/journey/ports/directory';
import { parsePath } from '@keycourier/scim-protocol/filter/parse-filter';
import { chooseValue } from '@keycourier/scim-protocol/mapping/choose-value';
import { mapPerson } from '@keycourier/scim-protocol/mapping/map-person';
import { sql } from 'kysely';
import { z } from 'zod';

import type { Ledger, Tx } from '../../connect-ledger.ts';
import { readAttributes } from '../users/attributes.ts';
import { readMapping } from './read-profile.ts';

/** Between two welcome mails of a connection: an import of thousands must not look like spam, nor delay PINs. */
export const welcomeEveryMs = 500;

interface ToWelcome {
  connectionId: string | null;
  active: boolean;
  welcomedAt: Date | null;
  dueAt: Date | null;
  sendsMails: boolean | null;
}

/**
 * Records that a person is welcomed, unless their moment has not come yet or they are not to be. Committed before the mail is
 * sent: no failure after that welcomes a person twice.
 */
export async function claimWelcome(
  ledger: Ledger,
  { tenant, personId, canMail }: { tenant: string; personId: string; canMail: boolean },
): Promise<WelcomeClaim> {
  return ledger.db.transaction().execute(async (tx) => {
    const person = await lockPerson(tx, tenant, personId);
    const reason = reasonAgainst(person);
    if (person === null || reason !== null) return { outcome: 'not_due', reason: reason ?? gone };
    if (!canMail) return { outcome: 'cannot_mail' };
    const contact = await readContact(ledger, tx, { personId, connectionId: person.connectionId });
    if (contact === null)
      return { outcome: 'not_due', reason: 'the person has no valid e-mail address for a welcome mail' };
    const now = ledger.now();
    const dueAt = person.dueAt ?? (await reserveTime(tx, { personId, connectionId: person.connectionId, now }));
    if (dueAt > now) return { outcome: 'not_yet', afterMs: dueAt.getTime() - now.getTime() };
    await tx.updateTable('people').set({ welcomed_at: now }).where('id', '=', personId).execute();
    return { outcome: 'claimed', ...contact };
  });
}

/** The mail was surely not sent. */
export async function releaseWelcome({ db }: Pick<Ledger, 'db'>, tenant: string, personId: string): Promise<void> {
  await db
    .updateTable('people')
    .set({ welcomed_at: null })
    .where('id', '=', personId)
    .where('tenant', '=', tenant)
    .execute();
}

async function lockPerson(tx: Tx, tenant: string, personId: string): Promise<ToWelcome | null> {
  const { rows } = await sql<ToWelcome>`
    select connection_id as "connectionId", active, welcomed_at as "welcomedAt", welcome_due_at as "dueAt",
      (select send_enrollment_mails from scim_connections where id = connection_id and revoked_at is null) as "sendsMails"
    from people where id = ${personId} and tenant = ${tenant} for no key update`.execute(tx);
  return rows[0] ?? null;
}

const gone = 'the person is not in the directory any more';

function reasonAgainst(person: ToWelcome | null): string | null {
  if (person === null) return gone;
  if (person.sendsMails !== true) return 'the connection sends no enrollment mails';
  if (!person.active) return 'the person is inactive in the directory';
  return person.welcomedAt === null ? null : 'the person was welcomed before, or may have been';
}

interface Waiting {
  personId: string;
  connectionId: string | null;
  now: Date;
}

/** The next free moment of the connection, which the person keeps however often the event is looked at. */
async function reserveTime(tx: Tx, { personId, connectionId, now }: Waiting): Promise<Date> {
  const { rows } = await sql<{ dueAt: Date }>`
    with free as (
      update scim_connections set next_welcome_at = greatest(next_welcome_at, ${now}) + ${welcomeEveryMs} * interval '1 ms'
      where id = ${connectionId} returning next_welcome_at - ${welcomeEveryMs} * interval '1 ms' as due_at
    )
    update people set welcome_due_at = free.due_at from free where people.id = ${personId}
    returning welcome_due_at as "dueAt"`.execute(tx);
  return rows[0]?.dueAt ?? now;
}

/** One plain address, as of every mail that is sent. */
const address = z.email({ pattern: z.regexes.html5Email }).max(254);

async function readContact(
  ledger: Ledger,
  db: Tx,
  { personId, connectionId }: { personId: string; connectionId: string | null },
): Promise<{ to: string; firstName: string } | null> {
  const attributes = (await readAttributes({ ledger, db }, [personId], ['emails', 'name'])).get(personId);
  const path = parsePath('emails.value', 'User');
  const to = address.safeParse(chooseValue(path, attributes?.get('emails')));
  if (!to.success) return null;
  const mapping = await readMapping({ db }, connectionId);
  const { firstName = '' } = mapPerson(mapping, ['firstName'], (name) => attributes?.get(name));
  return { to: to.data, firstName };
}
