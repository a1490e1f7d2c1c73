import type { CheckAddress, Context, OktaUser, PinMail } from '../ports/context.ts';
import { passDoor, type Passage } from '../steps/run-step.ts';
import type { Door } from '../model/plan.ts';
import type { Shipment } from '../model/shipment.ts';
import type { Tenant } from '../model/tenant.ts';
import { openLine, type Fate, type Line } from './call-log.ts';
import { openMemoryLedger, type MemoryLedger } from './memory-ledger.ts';
import { ledgerPort } from './memory-port.ts';
import { oktaPort, openOktaOrg, type OktaOrg } from './okta-org.ts';
import { fulfillmentPort, openProvider, type Provider } from './provider.ts';
import { checkSampleAddress, sampleShipment, sampleTenant, sampleUser, type SampleShipment } from './samples.ts';

/** The whole house with an outside that keeps real state, all in memory, and one clock that only tests move. */
export interface House {
  context: Context;
  line: Line;
  ledger: MemoryLedger;
  org: OktaOrg;
  provider: Provider;
  /** What the HRIS says of whoever is asked for; null is nobody. */
  hris: { person: Awaited<ReturnType<Context['hris']['readPerson']>> };
  mails: PinMail[];
  alarms: { code: string; detail: Readonly<Record<string, string | number | null>> }[];
  tenant: Tenant;
  /** What had its effect so far, in order: calls to the outside, and moves by their event. */
  calls: string[];
  /** The next calls of this name end so, one after the other. */
  fail: (name: string, ...fates: readonly Fate[]) => void;
  pass: (door: Door, shipmentId?: string) => Promise<Passage>;
  shipment: (shipmentId?: string) => Shipment;
}

export interface HouseSettings {
  shipment?: SampleShipment | null;
  tenant?: Partial<Tenant>;
  user?: Partial<OktaUser>;
  checkAddress?: CheckAddress;
}

export function openHouse({ shipment, tenant: tenantGiven, user, checkAddress }: HouseSettings = {}): House {
  const line = openLine();
  const ledger = openMemoryLedger(line);
  const org = openOktaOrg(sampleUser(user));
  const provider = openProvider();
  const tenant = { ...sampleTenant, ...tenantGiven };
  const hris: House['hris'] = { person: null };
  const [mails, alarms]: [PinMail[], House['alarms']] = [[], []];
  const context: Context = {
    now: line.now,
    tenant: () => tenant,
    ledger: ledgerPort(ledger, line),
    okta: oktaPort(org, line),
    hris: { readPerson: () => line.outside('hris', 'hris.readPerson', () => hris.person) },
    fulfillment: fulfillmentPort(provider, line),
    mail: { sendPinMail: (_, mail) => line.outside('mail', 'mail.sendPinMail', () => void mails.push(mail)) },
    checkAddress: checkAddress ?? checkSampleAddress,
    alarm: (code, detail) => void alarms.push({ code, detail }),
  };
  const scripted = new Map<string, Fate[]>();
  line.fateOf = (name) => scripted.get(name)?.shift() ?? null;
  if (shipment !== null) ledger.open(sampleShipment({ pinPolicy: tenant.pin, ...shipment }));
  const theShipment = (shipmentId = 'shp_1'): Shipment => {
    const found = ledger.shipments.get(shipmentId);
    if (found === undefined) throw new RangeError(`there is no shipment ${shipmentId}`);
    return found;
  };
  return {
    context,
    line,
    ledger,
    org,
    provider,
    hris,
    mails,
    alarms,
    tenant,
    calls: line.calls,
    fail: (name, ...fates) => void scripted.set(name, [...fates]),
    pass: (door, shipmentId = 'shp_1') => passDoor(context, door, shipmentId, null),
    shipment: theShipment,
  };
}
