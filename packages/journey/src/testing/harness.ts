import type { StepName } from '../model/plan.ts';
import type { Shipment } from '../model/shipment.ts';
import type { Tenant } from '../model/tenant.ts';
import type { CheckAddress } from '../ports/address.ts';
import type { Context } from '../ports/context.ts';
import type { HubPerson } from '../ports/hub-keys.ts';
import type { IdentityUser } from '../ports/identity.ts';
import type { PinMail, WelcomeMail } from '../ports/mail.ts';
import { runEventStep, runStep, type Following, type StepResult } from '../steps/run-step.ts';
import { createCallLog, type Fault, type CallLog } from './call-log.ts';
import { directoryPort, type MemoryDirectory } from './memory-directory.ts';
import { createMemoryLedger, type MemoryLedger } from './memory-ledger.ts';
import { ledgerPort } from './memory-port.ts';
import { memoryRegistrations, type MemoryRegistration } from './memory-registrations.ts';
import { noGroups } from './no-groups.ts';
import { oktaPort, createOktaOrg, type OktaOrg } from './okta-org.ts';
import { fulfillmentPort, createProvider, type Provider } from './provider.ts';
import { checkSampleAddress, sampleShipment, sampleTenant, sampleUser, type SampleShipment } from './samples.ts';

/** The whole journey with remote services that keep state, all in memory, and one clock that only tests move. */
export interface Harness {
  context: Context;
  log: CallLog;
  ledger: MemoryLedger;
  org: OktaOrg;
  /** The org of a tenant whose keys are in a hub, with a user for the first one of the spoke. */
  hub: OktaOrg;
  /** Where the keys are. */
  keyOrg: OktaOrg;
  hubPeople: Map<string, HubPerson>;
  registrations: Map<string, MemoryRegistration>;
  provider: Provider;
  /** The profile that the HRIS returns for any user; null where it knows none. */
  hris: { person: Awaited<ReturnType<Context['hris']['readPerson']>> };
  mails: PinMail[];
  welcomeMails: WelcomeMail[];
  directory: MemoryDirectory;
  alarms: { code: string; detail: Readonly<Record<string, string | number | null>> }[];
  tenant: Tenant;
  /** What had its effect so far, in order: remote calls, and moves by their event. */
  calls: string[];
  /** The next calls of this name fail so, one after the other. */
  fail: (name: string, ...faults: readonly Fault[]) => void;
  run: (step: StepName, shipmentId?: string, onFollowed?: OnFollowed) => Promise<StepResult>;
  /** Decides about an event, and goes on with its shipment where steps follow. */
  accept: (eventId: string) => Promise<StepResult>;
  shipment: (shipmentId?: string) => Shipment;
}

/** Of the hub's user of the sample's. */
export const hubUserId = '00uHub1';

/** Who is not known is pushed once they are required. */
function hubKeysPort(people: Map<string, HubPerson>): Context['hubKeys'] {
  return {
    findPerson: async (_, userId) => people.get(userId) ?? { outcome: 'unknown' },
    requirePerson: async (_, userId) => {
      const known = people.get(userId) ?? { outcome: 'pending' };
      people.set(userId, known);
      return known;
    },
  };
}

/** Called for each step that followed in the same run, where steps do. */
type OnFollowed = (step: StepName, result: StepResult) => void;

export interface HarnessSettings {
  shipment?: SampleShipment | null;
  tenant?: Partial<Tenant>;
  user?: Partial<IdentityUser>;
  checkAddress?: CheckAddress;
  /** The next steps of a shipment follow in the same run, without a job. */
  isChained?: boolean;
}

/** A port that no step of a shipment calls. */
const unused = (name: string, used: object = {}) =>
  new Proxy(Object.create(used), {
    get: (target, call) => {
      if (call in used) return Reflect.get(target, call);
      throw new RangeError(`${name}.${String(call)} is no part of this harness`);
    },
  });

export function createHarness({ shipment, tenant: tenantSettings, user, ...settings }: HarnessSettings = {}): Harness {
  const log = createCallLog();
  const ledger = createMemoryLedger(log);
  const org = createOktaOrg(sampleUser(user));
  const hub = createOktaOrg(sampleUser({ ...user, id: hubUserId }));
  const hubPeople = new Map<string, HubPerson>([['00u1', { outcome: 'found', hubUserId }]]);
  const provider = createProvider();
  const tenant = { ...sampleTenant, ...tenantSettings };
  ledger.pinPolicy = tenant.pin;
  const hris: Harness['hris'] = { person: null };
  const registrations = new Map<string, MemoryRegistration>();
  const [mails, welcomeMails, alarms]: [PinMail[], WelcomeMail[], Harness['alarms']] = [[], [], []];
  const context: Context = {
    now: log.now,
    tenant: () => tenant,
    ledger: ledgerPort(ledger, log),
    registrations: memoryRegistrations(registrations),
    groups: noGroups,
    identity: oktaPort({ spoke: org, hub }, log),
    hubKeys: hubKeysPort(hubPeople),
    hris: { readPerson: () => log.remote('hris', 'hris.readPerson', () => hris.person) },
    fulfillment: fulfillmentPort(provider, log),
    mail: {
      sendPinMail: (_, mail) => log.remote('mail', 'mail.sendPinMail', () => void mails.push(mail)),
      sendWelcomeMail: (_, mail) => log.remote('mail', 'mail.sendWelcomeMail', () => void welcomeMails.push(mail)),
    },
    directory: directoryPort(ledger.directory),
    mirrors: unused('mirrors', { require: async () => undefined }),
    comparisons: unused('comparisons'),
    hub: unused('hub'),
    imports: unused('imports'),
    importCalls: unused('importCalls'),
    checkAddress: settings.checkAddress ?? checkSampleAddress,
    alarm: (code, detail) => void alarms.push({ code, detail }),
  };
  const scripted = new Map<string, Fault[]>();
  log.faultOf = (name) => scripted.get(name)?.shift() ?? null;
  if (shipment !== null) ledger.open(sampleShipment({ pinPolicy: tenant.pin, ...shipment }));
  const theShipment = (shipmentId = 'shp_1'): Shipment => {
    const found = ledger.shipments.get(shipmentId);
    if (found === undefined) throw new RangeError(`there is no shipment ${shipmentId}`);
    return found;
  };
  const followingWith = (onFollowed: OnFollowed): Following => ({
    admit: () => settings.isChained === true,
    onClaim: () => undefined,
    within: (_, work) => work(),
    onEnded: async (followed, result) => onFollowed(followed, result),
  });
  return {
    context,
    log,
    ledger,
    org,
    hub,
    keyOrg: tenant.keysIn === 'hub' ? hub : org,
    hubPeople,
    registrations,
    provider,
    hris,
    mails,
    welcomeMails,
    directory: ledger.directory,
    alarms,
    tenant,
    calls: log.calls,
    fail: (name, ...faults) => void scripted.set(name, [...faults]),
    run: (step, shipmentId = 'shp_1', onFollowed = () => undefined) =>
      runStep(context, { step, shipmentId, dispatchId: null }, followingWith(onFollowed)),
    accept: (eventId) =>
      runEventStep(
        context,
        { step: 'accept-event', eventId },
        followingWith(() => undefined),
      ),
    shipment: theShipment,
  };
}
