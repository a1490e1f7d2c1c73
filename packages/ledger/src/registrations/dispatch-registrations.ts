import type { RegistrationStepName } from '@keycourier/journey/steps/steps';
import { sql, type RawBuilder } from 'kysely';

/** The step of every registration. */
export const registrationStep: RegistrationStepName = 'write-registration';

/**
 * Makes the messages of registrations due now; `rows` selects id and tenant. One that exists is published again, for
 * something else is wanted since.
 */
export const dispatchRegistrations = (rows: RawBuilder<unknown>, priority: number): RawBuilder<unknown> => sql`
  insert into outbox (subject_id, step, tenant, priority)
  select id, ${registrationStep}, tenant, ${priority}::smallint from (${rows}) as registration
  on conflict (subject_id, step) do update set due_at = now(), published_at = null,
    dispatch_id = nextval('outbox_dispatch_id'), failures = 0, waits_for = null,
    priority = least(outbox.priority, excluded.priority)`;
