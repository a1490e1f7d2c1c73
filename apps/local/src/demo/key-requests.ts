import type { Status } from '@keycourier/journey/model/status';
import { z } from 'zod';

import { keycourierApi, type KeycourierApi, type ShipmentView } from '../clients/keycourier-api.ts';
import { pinIn, mailsTo, type Mail } from '../clients/mailbox.ts';
import { oktaOrg, type OktaOrg } from '../clients/okta-org.ts';
import { inventPerson, type Person } from '../clients/people.ts';
import { waitUntil } from '../clients/wait-until.ts';
import type { LocalFile } from '../stack/local-file.ts';

/** A request of the demo did not have the expected result. */
export class DemoFailed extends Error {
  readonly code = 'demo_failed';
  readonly level = 'fatal';
}

export interface KeyRequest {
  name: string;
  /** How the key was requested, in the words of the README. */
  trigger: string;
  person: Person;
  /** The address that must receive the PIN, and the person's other one, which must not. */
  pinAddress: string;
  otherAddress: string;
}

export interface DeliveredPin {
  request: KeyRequest;
  shipment: ShipmentView;
  mail: Mail;
}

const product = { productId: '29', inventoryProductId: '106', customizationId: 'RXJN83' };

const hubView = z.looseObject({
  test: z
    .looseObject({
      state: z.enum(['pending', 'passed', 'failed']),
      checks: z.array(z.looseObject({ check: z.string(), passed: z.boolean(), message: z.string() })),
    })
    .nullable(),
});

export interface Clients {
  local: LocalFile;
  org: OktaOrg;
  /** Where the keys are, with `--hub`. */
  hub: OktaOrg | null;
  api: KeycourierApi;
}

export const createClients = (local: LocalFile): Clients => ({
  local,
  org: oktaOrg(local.oktaSimulator, local.oktaToken),
  hub: local.hub === undefined ? null : oktaOrg(local.hub.url, local.hub.token),
  api: keycourierApi(local.api, local.apiKey),
});

/** Has a worker test the credentials of the hub, and prints each check. @throws DemoFailed where one has not passed */
export async function testHub({ local, api }: Clients, print: (text: string) => void): Promise<void> {
  print(`the hub of ${local.tenant} is ${local.hub?.url ?? 'missing'}: its credentials are tested …`);
  await api.sendOk('POST', '/v1/hub/test');
  const { checks } = await waitUntil('the test of the hub', async () => {
    const { test } = hubView.parse(await api.sendOk('GET', '/v1/hub'));
    return test?.state === 'pending' ? null : test;
  });
  for (const { check, passed, message } of checks) print(`hub: ${passed ? '✓' : '✗'} ${check}: ${message}`);
  const failed = checks.find(({ passed }) => !passed);
  if (failed !== undefined) throw new DemoFailed(`the hub's test has failed at ${failed.check}: ${failed.message}`);
}

/** Requests a key for a new user through MFA-initiated, for an existing user through Group Add, and for a batch of two. */
export async function requestKeys({ org, api }: Clients): Promise<KeyRequest[]> {
  const newUser = inventPerson();
  const { id: newUserId } = await org.createUser(newUser.profile, { staged: true });
  await org.initiate(newUserId, product);

  const existingUser = inventPerson();
  const { id: existingUserId } = await org.createUser(existingUser.profile, { staged: false });
  await org.addToGroup(await org.groupId('YubiKey 5 NFC'), existingUserId);

  const team = [inventPerson(), inventPerson({ state: 'Oregon', countryCode: 'US' })];
  for (const { profile } of team) await org.createUser(profile, { staged: false });
  await api.sendOk('POST', '/v1/batches', { rows: team.map(({ login }) => ({ login, ...product })) });

  return [
    { ...toSecondary(newUser), name: fullName(newUser), trigger: 'new user, MFA-initiated' },
    { ...toPrimary(existingUser), name: fullName(existingUser), trigger: 'existing user, Group Add' },
    ...team.map((person) => ({ ...toPrimary(person), name: fullName(person), trigger: 'existing user, batch' })),
  ];
}

const fullName = ({ profile }: Person): string => `${profile['firstName'] ?? ''} ${profile['lastName'] ?? ''}`;
const toSecondary = (person: Person) => ({ person, pinAddress: person.secondEmail, otherAddress: person.login });
const toPrimary = (person: Person) => ({ person, pinAddress: person.login, otherAddress: person.secondEmail });

const statusNames: Readonly<Record<Status, string>> = {
  requested: 'requested',
  ready: 'profile checked',
  ordered: 'key ordered',
  in_transit: 'key in transit',
  activated: 'credential active in Okta',
  pin_sent: 'PIN sent',
  completed: 'completed',
  held: 'held',
  cancelled: 'cancelled',
  failed: 'failed',
};
const nameOfStatus = new Map<string, string>(Object.entries(statusNames));

/**
 * Waits for the PIN mail of one request and reports every status on the way. A parcel that is delivered early completes
 * the shipment between two reads: the PIN's own state shows that `pin_sent` was reached.
 */
export async function waitForPin(
  clients: Clients,
  request: KeyRequest,
  { onStatus, timeoutMs }: { onStatus: (status: string) => void; timeoutMs: number },
): Promise<DeliveredPin> {
  const reported = new Set<string>();
  const report = (status: string): void => {
    if (!reported.has(status)) onStatus(nameOfStatus.get(status) ?? status);
    reported.add(status);
  };
  const shipment = await waitUntil(
    `the PIN of ${request.name}`,
    async () => {
      const [found] = await clients.api.shipmentsOf(request.person.login);
      if (found === undefined) return null;
      if (found.pin.state === 'sent') report('pin_sent');
      report(found.status);
      if (found.status === 'failed' || found.status === 'cancelled' || found.status === 'held')
        throwStopped(request, found);
      return found.pin.state === 'sent' ? found : null;
    },
    { timeoutMs, everyMs: 100, stopAt: (error) => error instanceof DemoFailed },
  );
  return { request, shipment, mail: await readPinMail(clients, request) };
}

async function readPinMail({ local }: Clients, { name, pinAddress, otherAddress }: KeyRequest): Promise<Mail> {
  const mails = await waitUntil(`the PIN mail of ${name}`, async () => {
    const found = await mailsTo(local.inbox, pinAddress);
    return found.length > 0 ? found : null;
  });
  const [mail] = mails;
  if (mail === undefined || mails.length !== 1)
    throw new DemoFailed(`${name} received ${mails.length} PIN mails; expected one`);
  if (pinIn(mail) === null) throw new DemoFailed(`the mail to ${name} contains no PIN`);
  const misdirected = await mailsTo(local.inbox, otherAddress);
  if (misdirected.length > 0) throw new DemoFailed(`a mail for ${name} went to the wrong address`);
  return mail;
}

function throwStopped({ name }: KeyRequest, { status, problems }: ShipmentView): never {
  const reasons = problems.map(({ message }) => message).join(' ') || 'no reason known';
  throw new DemoFailed(`the shipment of ${name} is ${status}: ${reasons}`);
}

/** Checks in Okta itself, in the hub where there is one, that the user has one active credential. */
export async function isActiveInOkta({ org, hub }: Clients, { shipment }: DeliveredPin): Promise<boolean> {
  if (hub !== null && shipment.hub === null) return false;
  const enrollments = await (hub ?? org).enrollments(shipment.hub?.userId ?? shipment.user.id ?? '');
  return enrollments.filter(({ status }) => status === 'ACTIVE').length === 1;
}
