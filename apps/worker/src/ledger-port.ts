import type { Context, LedgerPort } from '@keycourier/journey/ports/context';
import { readEvent } from '@keycourier/ledger/events/read-event';
import { settleEvent } from '@keycourier/ledger/events/record-verdict';
import { isFlowOn } from '@keycourier/ledger/flows/flows';
import { enterDoor } from '@keycourier/ledger/attempts/claim-step';
import { leaveDoor } from '@keycourier/ledger/attempts/finish-attempt';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { move } from '@keycourier/ledger/shipments/move';
import { pauseTenant } from '@keycourier/ledger/tenants';

/** The ledger as the house's sockets. A visit's lease lasts `leaseMs` unless it is renewed. */
export function createLedgerPort(ledger: Ledger, options: { leaseMs: number; tenant: Context['tenant'] }): LedgerPort {
  return {
    move: (shipmentId, decide) => move(ledger, shipmentId, decide),
    enter: (door, shipmentId, turn) => enterDoor(ledger, { door, shipmentId, turn, leaseMs: options.leaseMs }),
    leave: (visit, ending) => leaveDoor(ledger, visit, ending),
    readEvent: (eventId) => readEvent(ledger, eventId),
    settleEvent: async (eventId, verdict) => {
      const event = await readEvent(ledger, eventId);
      const pinPolicy = options.tenant(event?.tenant ?? '').pin;
      return settleEvent(ledger, eventId, verdict, pinPolicy);
    },
    isFlowOn: (tenant, flow) => isFlowOn(ledger, tenant, flow),
    pauseTenant: (tenant, until, reason) => pauseTenant(ledger, tenant, until, reason),
  };
}
