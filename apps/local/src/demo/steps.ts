import { keycourierApi, type KeycourierApi, type ShipmentView } from '../clients/keycourier-api.ts';
import { pinIn, mailsTo, type Mail } from '../clients/mailbox.ts';
import { oktaOrg, type OktaOrg } from '../clients/okta-org.ts';
import { inventPerson, type Person } from '../clients/people.ts';
import { until } from '../clients/until.ts';
import type { LocalFile } from '../stack/stack.ts';

/** The demo's story did not come out as told. */
export class DemoFailed extends Error {
  readonly code = 'demo_failed';
  readonly level = 'fatal';
}

export interface Traveller {
  name: string;
  /** How the request was made, in the words of the README. */
  how: string;
  person: Person;
  /** Where the PIN must arrive, and the person's other address, where it must not. */
  pinGoesTo: string;
  pinStaysAwayFrom: string;
}

export interface Arrived {
  traveller: Traveller;
  shipment: ShipmentView;
  mail: Mail;
}

const product = { productId: '29', inventoryProductId: '106', customizationId: 'RXJN83' };

export interface World {
  local: LocalFile;
  org: OktaOrg;
  api: KeycourierApi;
}

export const worldOf = (local: LocalFile): World => ({
  local,
  org: oktaOrg(local.oktaSimulator, local.oktaToken),
  api: keycourierApi(local.api, local.apiKey),
});

/** One new user through MFA-initiated, one existing user through Group Add, and a small batch of two. */
export async function sendEverybodyAKey({ org, api }: World): Promise<Traveller[]> {
  const newcomer = inventPerson();
  const { id: newcomerId } = await org.createUser(newcomer.profile, { staged: true });
  await org.initiate(newcomerId, product);

  const colleague = inventPerson();
  const { id: colleagueId } = await org.createUser(colleague.profile, { staged: false });
  await org.addToGroup(await org.groupId('YubiKey 5 NFC'), colleagueId);

  const team = [inventPerson(), inventPerson({ state: 'Oregon', countryCode: 'US' })];
  for (const { profile } of team) await org.createUser(profile, { staged: false });
  await api.askOk('POST', '/v1/batches', { rows: team.map(({ login }) => ({ login, ...product })) });

  return [
    { ...toSecondary(newcomer), name: fullName(newcomer), how: 'new user, MFA-initiated' },
    { ...toPrimary(colleague), name: fullName(colleague), how: 'existing user, Group Add' },
    ...team.map((person) => ({ ...toPrimary(person), name: fullName(person), how: 'existing user, batch' })),
  ];
}

const fullName = ({ profile }: Person): string => `${profile['firstName'] ?? ''} ${profile['lastName'] ?? ''}`;
const toSecondary = (person: Person) => ({ person, pinGoesTo: person.secondEmail, pinStaysAwayFrom: person.login });
const toPrimary = (person: Person) => ({ person, pinGoesTo: person.login, pinStaysAwayFrom: person.secondEmail });

/** Waits for one traveller's PIN mail, telling of every change of status on the way. */
export async function follow(
  { local, api }: World,
  traveller: Traveller,
  tell: (status: string) => void,
  timeoutMs: number,
): Promise<Arrived> {
  let last = '';
  const shipment = await until(
    `the PIN of ${traveller.name}`,
    async () => {
      const [found] = await api.shipmentsOf(traveller.person.login);
      if (found === undefined) return null;
      if (found.status !== last) tell(found.status);
      last = found.status;
      if (found.status === 'failed' || found.status === 'cancelled' || found.status === 'held')
        throwStopped(traveller, found);
      return found.pin.state === 'sent' ? found : null;
    },
    { timeoutMs, everyMs: 100, stopAt: (error) => error instanceof DemoFailed },
  );
  const mails = await until(`the PIN mail of ${traveller.name}`, async () => {
    const found = await mailsTo(local.inbox, traveller.pinGoesTo);
    return found.length > 0 ? found : null;
  });
  const [mail] = mails;
  if (mail === undefined || mails.length !== 1)
    throw new DemoFailed(`${traveller.name} got ${mails.length} PIN mails instead of one`);
  if (pinIn(mail) === null) throw new DemoFailed(`the mail to ${traveller.name} holds no PIN`);
  const strays = await mailsTo(local.inbox, traveller.pinStaysAwayFrom);
  if (strays.length > 0) throw new DemoFailed(`a mail for ${traveller.name} went to the wrong address`);
  return { traveller, shipment, mail };
}

function throwStopped({ name }: Traveller, { status, problems }: ShipmentView): never {
  throw new DemoFailed(
    `${name} is ${status}: ${problems.map(({ message }) => message).join(' ') || 'no reason given'}`,
  );
}

/** Okta itself says whether the credential is active. */
export async function isActiveInOkta({ org }: World, { shipment }: Arrived): Promise<boolean> {
  const enrollments = await org.enrollments(shipment.user.id ?? '');
  return enrollments.filter(({ status }) => status === 'ACTIVE').length === 1;
}
