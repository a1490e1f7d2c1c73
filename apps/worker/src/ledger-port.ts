import type { Shipment } from '@keycourier/journey/model/shipment';
import type { PinPolicy } from '@keycourier/journey/model/tenant';
import type { Context } from '@keycourier/journey/ports/context';
import type { Service } from '@keycourier/journey/ports/errors';
import type { LedgerPort } from '@keycourier/journey/ports/ledger';
import { openStep } from '@keycourier/ledger/attempts/claim-step';
import { finishAttempt } from '@keycourier/ledger/attempts/finish-attempt';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { readEvent } from '@keycourier/ledger/events/read-event';
import { recordVerdict } from '@keycourier/ledger/events/record-verdict';
import { postponeMessage } from '@keycourier/ledger/outbox/sync-outbox';
import { commitMoves } from '@keycourier/ledger/shipments/commit-moves';
import { readAnyShipment } from '@keycourier/ledger/shipments/read-shipment';
import { pauseTenant } from '@keycourier/ledger/tenants';

/** A keyed hash of the credentials that the tenant has at the service now; null where it has none. */
export type CredentialOf = (tenant: string, service: Service) => Promise<string | null>;

/** The ledger port on Postgres. An attempt's lease lasts `leaseMs` unless it is renewed. */
export function createLedgerPort(ledger: Ledger, options: Options & { credentialOf: CredentialOf }): LedgerPort {
  return {
    ...attemptsOn(ledger, options),
    readEvent: (eventId) => readEvent(ledger, eventId),
    postponeEvent: (eventId, afterMs, failure) => postponeMessage(ledger, { subjectId: eventId }, { afterMs, failure }),
    pauseTenant: async (tenant, pause) =>
      pauseTenant(ledger, tenant, { ...pause, credential: await options.credentialOf(tenant, pause.service) }),
  };
}

interface Options {
  leaseMs: number;
  tenant: Context['tenant'];
}

/** What attempts ask of the ledger. A shipment is kept as last read or written while an attempt at it runs here. */
function attemptsOn(
  ledger: Ledger,
  { leaseMs, tenant }: Options,
): Pick<LedgerPort, 'read' | 'move' | 'claimStep' | 'recordVerdict' | 'finishAttempt' | 'finishWithMove'> {
  const known = new Map<string, Shipment>();
  const note = (shipment: Shipment): void => void known.set(shipment.id, shipment);
  return {
    read: (shipmentId) => readAnyShipment(ledger, shipmentId),
    move: async (id, decide) => {
      const { moved } = await commitMoves(ledger, { id, known: known.get(id), moves: [decide] });
      if (known.has(id)) note(moved.shipment);
      return moved;
    },
    claimStep: async (step, shipmentId, dispatchId) => {
      const claim = await openStep(ledger, { step, shipmentId, dispatchId, leaseMs });
      if (claim.outcome === 'claimed') note(claim.attempt.shipment);
      return claim;
    },
    recordVerdict: async (eventId, verdict, chain) => {
      const first = chain === undefined ? undefined : { chain, leaseMs };
      const pinPolicyOf = (name: string): PinPolicy => tenant(name).pin;
      const recorded = await recordVerdict(ledger, { eventId, verdict, pinPolicyOf, first });
      if (recorded.outcome === 'created' && recorded.next !== undefined) note(recorded.next.shipment);
      return recorded;
    },
    finishAttempt: (attempt, ended) => {
      known.delete(attempt.shipment.id);
      return finishAttempt(ledger, attempt, ended);
    },
    finishWithMove: async (attempt, { moves, ...last }, chain) => {
      const { id } = attempt.shipment;
      const finish = { attempt, chain, leaseMs, ...last };
      const finished = await commitMoves(ledger, { id, known: known.get(id), moves, finish });
      if (finished.next === null) known.delete(id);
      else note(finished.next.shipment);
      return finished;
    },
  };
}
