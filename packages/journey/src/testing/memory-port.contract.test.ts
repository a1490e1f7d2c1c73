import { describe } from '@jest/globals';

import { createCallLog } from './call-log.ts';
import { ledgerPortContract } from './ledger-port/ledger-port.contract.ts';
import { createMemoryLedger, keyOf } from './memory-ledger.ts';
import { leaseMs, ledgerPort } from './memory-port.ts';

describe('the ledger in memory', () => {
  ledgerPortContract(async () => {
    const log = createCallLog();
    const ledger = createMemoryLedger(log);
    return {
      port: ledgerPort(ledger, log),
      leaseMs,
      recordEvent: async () => {
        const id = `evt_${ledger.events.size + 1}`;
        ledger.events.set(id, { id, tenant: 'acme', body: {}, state: 'received', source: 'hook', failures: 0 });
        return id;
      },
      switchFlow: async (flow, enabled) => ledger.switchFlow(flow, enabled),
      dispatchIdOf: async (step, shipmentId) => ledger.outbox.get(keyOf(step, shipmentId)) ?? '',
      expireLease: async () => log.advanceTo(log.nowMs() + leaseMs),
    };
  });
});
