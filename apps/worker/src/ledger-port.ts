import type { Context, LedgerPort, Visit } from '@keycourier/journey/context';
import { readEvent } from '@keycourier/ledger/events/read-event';
import { settleEvent } from '@keycourier/ledger/events/settle-event';
import { isFlowOn } from '@keycourier/ledger/flows/flows';
import { enterDoor } from '@keycourier/ledger/knocks/enter-door';
import { leaveDoor, renewLease } from '@keycourier/ledger/knocks/leave-door';
import type { Ledger } from '@keycourier/ledger/open-ledger';
import { move } from '@keycourier/ledger/shipments/move';
import { pauseTenant } from '@keycourier/ledger/tenants';

/** The ledger as the house's sockets, with each visit's lease kept alive for as long as the visit lasts. */
export function createLedgerPort(
  ledger: Ledger,
  options: { leaseMs: number; tenant: Context['tenant']; onError: (error: unknown) => void },
): LedgerPort {
  const renewals = new Map<string, NodeJS.Timeout>();
  const keep = (visit: Visit): void => {
    const renew = (): void => void renewLease(ledger, visit, options.leaseMs).catch(options.onError);
    renewals.set(visit.execution, setInterval(renew, options.leaseMs / 3));
  };
  const letGo = (visit: Visit): void => {
    clearInterval(renewals.get(visit.execution));
    renewals.delete(visit.execution);
  };
  return {
    move: (shipmentId, decide) => move(ledger, shipmentId, decide),
    enter: async (door, shipmentId, turn) => {
      const entry = await enterDoor(ledger, { door, shipmentId, turn, leaseMs: options.leaseMs });
      if (entry.outcome === 'entered') keep(entry.visit);
      return entry;
    },
    leave: async (visit, ending) => {
      letGo(visit);
      await leaveDoor(ledger, visit, ending);
    },
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
