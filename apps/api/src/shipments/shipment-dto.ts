import { causeOf } from '@keycourier/journey/model/cause';
import { overridableFields, type CheckedProfile, type ProfileField } from '@keycourier/journey/model/profile';
import type { Problem, Shipment } from '@keycourier/journey/model/shipment';
import { statusOf } from '@keycourier/journey/model/status';
import type { ApiKey } from '@keycourier/ledger/api-keys/api-keys';
import { readRegistrations, type Registration } from '@keycourier/ledger/registrations/read-registrations';
import { noFacts, readFacts, type Facts } from '@keycourier/ledger/shipments/read-facts';
import type { Tables } from '@keycourier/ledger/tables';
import { describeProblem, type DescribedProblem } from '@keycourier/messages/describe-problem';
import { describeHold } from '@keycourier/messages/holds';
import { offeredActions, problemsOf } from '@keycourier/operations/offered-actions';
import type { Kysely } from 'kysely';

import { toRegistrationOfPerson } from '../registration/registration-dto.ts';
import type { ShipmentDto } from './shipment-schema.ts';

/**
 * A single shipment. Of its profile it shows only the login, which the caller knows, and the source of each value;
 * suggestions are shown because no source contains them.
 */
export function toDto(shipment: Shipment, facts: Facts = noFacts): ShipmentDto {
  const { suggestion } = shipment.secrets;
  const suggested = (field: string): { suggestion?: string } => {
    const name = overridableFields.find((one) => one === field);
    const value = name === undefined ? undefined : suggestion?.values[name];
    return value === undefined ? {} : { suggestion: value };
  };
  return dtoWith(shipment, facts, (problem) => ({ ...describeProblem(problem), ...suggested(problem.field) }));
}

/** A shipment in a list: without suggested values. */
export const toListed = (shipment: Shipment, facts: Facts = noFacts): ShipmentDto =>
  dtoWith(shipment, facts, describeProblem);

/** With who asked for it, and what is tried again. */
export async function showOne(
  db: Kysely<Tables>,
  shipment: Shipment,
  show: typeof toDto = toDto,
): Promise<ShipmentDto> {
  const [facts] = await readFacts(db, [shipment]);
  return show(shipment, facts);
}

/** Shows a shipment that is being created: its API key is the caller's, and none of its steps was tried. */
export async function showingNew(
  db: Kysely<Tables>,
  { tenant, userId, apiKey }: { tenant: string; userId: string | null; apiKey: Pick<ApiKey, 'id' | 'name'> },
): Promise<(shipment: Shipment) => ShipmentDto> {
  const registrations = await readRegistrations(db, [{ id: 'new', tenant, user: { id: userId } }]);
  const requester = { apiKey: { id: apiKey.id, name: apiKey.name }, event: null };
  return (shipment) => toDto(shipment, { requester, retries: [], registration: registrations.get('new') });
}

function dtoWith(
  shipment: Shipment,
  { requester, retries, registration, hubRegistration }: Facts,
  describe: (problem: Problem) => DescribedProblem,
): ShipmentDto {
  const { plan, parcel, credential, pin, batchId, batchRow } = shipment;
  const problems = problemsOf(shipment).map(describe);
  const { carrier, trackingNumber, trackingUrl } = parcel;
  const { enrollmentId, serial, firmware } = credential;
  return {
    id: shipment.id,
    tenant: shipment.tenant,
    status: statusOf(plan),
    trigger: shipment.trigger,
    requestedBy: requester,
    purpose: shipment.purpose,
    product: shipment.product,
    note: shipment.note,
    user: { id: shipment.user.id, login: shipment.secrets.login ?? null },
    hub: hubOf(shipment, hubRegistration),
    order: { state: plan.order, providerId: shipment.order.providerId },
    parcel: { state: plan.parcel, carrier, trackingNumber, trackingUrl },
    credential: { state: plan.credential, enrollmentId, serial, firmware },
    // Masked before it was stored.
    pin: { state: plan.pin, sentTo: pin.sentTo, sentAt: pin.sentAt?.toISOString() ?? null },
    registration: toRegistrationOfPerson(registration),
    hold: holdOf(shipment, problems),
    problems,
    retries: retries.map(({ step, nextAt, ...retry }) => ({ card: step, ...retry, nextAt: nextAt.toISOString() })),
    actions: offeredActions(shipment),
    profile: originsOf(shipment.secrets.profile),
    batch: batchId === null ? null : { id: batchId, row: batchRow },
    dryRun: plan.dryRun,
    duplicateOf: shipment.duplicateOf,
    createdAt: shipment.createdAt.toISOString(),
    updatedAt: shipment.updatedAt.toISOString(),
  };
}

function hubOf({ hubUser }: Shipment, registration: Registration | undefined): ShipmentDto['hub'] {
  if (hubUser === null) return null;
  return { userId: hubUser.id, drift: [...hubUser.drift], registration: toRegistrationOfPerson(registration) };
}

function holdOf({ hold }: Shipment, problems: DescribedProblem[]): ShipmentDto['hold'] {
  if (hold === null) return null;
  return {
    code: hold.code,
    message: describeHold(hold.code),
    problems,
    cause: causeOf(hold),
    since: hold.since.toISOString(),
  };
}

function originsOf(profile: CheckedProfile | undefined): ShipmentDto['profile'] {
  if (profile === undefined) return null;
  const from = (field: ProfileField) => {
    const source = profile.sources[field];
    return source === undefined ? null : { source };
  };
  return {
    firstName: from('firstName'),
    lastName: from('lastName'),
    email: from('email'),
    secondEmail: from('secondEmail'),
    primaryPhone: from('primaryPhone'),
    organization: from('organization'),
    streetAddress: from('streetAddress'),
    city: from('city'),
    state: from('state'),
    zipCode: from('zipCode'),
    countryCode: from('countryCode'),
    normalised: profile.normalisations.map(({ field, rule }) => ({ field, rule })),
  };
}
