import type { Context } from '@keycourier/journey/ports/context';
import type { Service } from '@keycourier/journey/ports/errors';
import type { LedgerPort } from '@keycourier/journey/ports/ledger';
import { claimStep } from '@keycourier/ledger/attempts/claim-step';
import { finishAttempt } from '@keycourier/ledger/attempts/finish-attempt';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { readEvent } from '@keycourier/ledger/events/read-event';
import { recordVerdict } from '@keycourier/ledger/events/record-verdict';
import { isFlowOn } from '@keycourier/ledger/flows/flows';
import { eventStep } from '@keycourier/ledger/outbox/add-messages';
import { postponeMessage } from '@keycourier/ledger/outbox/sync-outbox';
import { move } from '@keycourier/ledger/shipments/move';
import { readAnyShipment } from '@keycourier/ledger/shipments/read-shipment';
import { pauseTenant } from '@keycourier/ledger/tenants';

/** A keyed hash of the credentials that the tenant has at the service now; null where it has none. */
export type CredentialOf = (tenant: string, service: Service) => Promise<string | null>;

/** The ledger port on Postgres. An attempt's lease lasts `leaseMs` unless it is renewed. */
export function createLedgerPort(
  ledger: Ledger,
  options: { leaseMs: number; tenant: Context['tenant']; credentialOf: CredentialOf },
): LedgerPort {
  return {
    read: (shipmentId) => readAnyShipment(ledger, shipmentId),
    move: (shipmentId, decide) => move(ledger, shipmentId, decide),
    claimStep: (step, shipmentId, dispatchId) =>
      claimStep(ledger, { step, shipmentId, dispatchId, leaseMs: options.leaseMs }),
    finishAttempt: (attempt, ended) => finishAttempt(ledger, attempt, ended),
    readEvent: (eventId) => readEvent(ledger, eventId),
    postponeEvent: (eventId, afterMs, failure) =>
      postponeMessage(ledger, { subjectId: eventId, step: eventStep }, { afterMs, failure }),
    recordVerdict: (eventId, verdict) =>
      recordVerdict(ledger, { eventId, verdict, pinPolicyOf: (tenant) => options.tenant(tenant).pin }),
    isFlowOn: (tenant, flow, at) => isFlowOn(ledger, tenant, { slug: flow, at }),
    pauseTenant: async (tenant, pause) =>
      pauseTenant(ledger, tenant, { ...pause, credential: await options.credentialOf(tenant, pause.service) }),
  };
}
