import { afterEach, describe, expect, test } from '@jest/globals';
import { eventUuid } from '@keycourier/ledger/testing/event-uuid';
import { until } from '@keycourier/runtime/testing/until';
import { sql } from 'kysely';

import { standardRecordTimeoutMs } from './create-context.ts';
import { envelope, groupAdd } from './testing/deliveries.ts';
import { runReceiver, type RunningReceiver } from './testing/running-receiver.ts';

/** For the answer to an event hook, by Okta's documentation. */
const oktaWaitsMs = 3_000;

test('a delivery that is not committed is answered before Okta gives up, with half a second left for the way', () => {
  expect(standardRecordTimeoutMs + 500).toBeLessThan(oktaWaitsMs);
});

describe('while Postgres', () => {
  let receiver: RunningReceiver;
  afterEach(() => receiver.stop());

  test('is gone, a delivery is answered 503, a wrong secret 401, and the process is not ready', async () => {
    receiver = await runReceiver({ recordTimeoutMs: standardRecordTimeoutMs });
    await receiver.database.drop();
    const answer = await receiver.deliver(envelope([groupAdd(eventUuid('u-1'))]));
    expect(answer.status).toBe(503);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect((await receiver.deliver(envelope([]), { secret: 'wrong' })).status).toBe(401);
    expect((await fetch(`${receiver.url}/readyz`)).status).toBe(503);
    expect((await fetch(`${receiver.url}/healthz`)).status).toBe(200);
  });

  test('does not answer, a delivery is answered 503 all the same, and can be retried', async () => {
    receiver = await runReceiver({ recordTimeoutMs: standardRecordTimeoutMs });
    const body = envelope([groupAdd(eventUuid('u-1'))]);
    const holder = await receiver.ledger.db.startTransaction().execute();
    await sql`lock table inbound_events in access exclusive mode`.execute(holder);
    expect((await receiver.deliver(body)).status).toBe(503);
    await holder.rollback().execute();
    const retried = await until(
      () => receiver.deliver(body),
      ({ status }) => status !== 503,
    );
    expect(retried.status).toBe(204);
    expect(await receiver.ledger.db.selectFrom('inbound_events').select('uuid').execute()).toEqual([
      { uuid: eventUuid('u-1') },
    ]);
  });

  test('has no schema yet, the process is not ready', async () => {
    receiver = await runReceiver();
    await sql`drop table shipments cascade`.execute(receiver.ledger.db);
    expect((await fetch(`${receiver.url}/readyz`)).status).toBe(503);
  });
});
