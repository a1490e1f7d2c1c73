import { afterAll, describe } from '@jest/globals';
import { ledgerPortContract } from '@keycourier/journey/testing/ledger-port/ledger-port.contract';
import { sampleTenant } from '@keycourier/journey/testing/samples';
import { recordDelivery } from '@keycourier/ledger/events/record-delivery';
import { switchFlow } from '@keycourier/ledger/flows/flows';
import { closeTestLedgers, connectTestLedger } from '@keycourier/ledger/testing/connect-test-ledger';
import { eventUuid } from '@keycourier/ledger/testing/event-uuid';
import { sql } from 'kysely';

import { createLedgerPort } from './ledger-port.ts';

const leaseMs = 60_000;

afterAll(closeTestLedgers);

describe('the ledger on Postgres', () => {
  ledgerPortContract(async () => {
    const { ledger } = await connectTestLedger();
    let events = 0;
    return {
      port: createLedgerPort(ledger, { leaseMs, tenant: () => sampleTenant, credentialOf: async () => null }),
      leaseMs,
      recordEvent: async () => {
        const uuid = eventUuid((events += 1));
        const event = { uuid, eventType: 't', published: null, body: {}, setAside: null };
        await recordDelivery(ledger, { tenant: 'acme', envelopeEventId: null, events: [event] });
        const row = ledger.db.selectFrom('inbound_events').select('id').where('uuid', '=', uuid);
        return (await row.executeTakeFirstOrThrow()).id;
      },
      switchFlow: (flow, enabled) => switchFlow(ledger, { tenant: 'acme', slug: flow, enabled }),
      dispatchIdOf: async (step, shipmentId) => {
        const message = ledger.db.selectFrom('outbox').select('dispatch_id').where('subject_id', '=', shipmentId);
        return (await message.where('step', '=', step).executeTakeFirstOrThrow()).dispatch_id;
      },
      expireLease: async ({ id }) => {
        await sql`update step_attempts set leased_until = now() - interval '1 s' where id = ${id}`.execute(ledger.db);
      },
    };
  });
});
