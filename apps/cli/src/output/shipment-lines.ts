import type { Shipment } from '../api/shapes.ts';
import type { Terminal } from '../terminal.ts';
import { clean } from './clean.ts';
import { problemLines } from './problems.ts';
import { paintStatus } from './status-colour.ts';
import { pairs } from './table.ts';

/** A shipment in one line, with its problems below. */
export function inShort(terminal: Terminal, shipment: Shipment): string {
  const { id, status, user, order, parcel, credential, pin } = shipment;
  const facets = `order ${order.state}, parcel ${parcel.state}, credential ${credential.state}, PIN ${pin.state}`;
  const name = user.login ?? user.id;
  const owner = name === null ? '' : ` (${clean(name)})`;
  const head = `${id} is ${paintStatus(terminal.paint, clean(status))}${owner}: ${clean(facets)}`;
  return [head, ...problemsOf(terminal, shipment)].join('\n');
}

/** A shipment in full, one fact per line. */
export function inFull(terminal: Terminal, shipment: Shipment): string {
  const { order, parcel, credential, pin, actions } = shipment;
  const facts: readonly (readonly [name: string, value: string])[] = [
    ['Shipment', `${shipment.id}${shipment.dryRun ? '  (dry run)' : ''}`],
    ['Status', paintStatus(terminal.paint, clean(shipment.status))],
    ['User', joined(shipment.user.login, shipment.user.id === null ? null : `(${shipment.user.id})`)],
    ['Key in the hub', joined(...hubOf(shipment))],
    ['Requested by', joined(shipment.trigger, ...requesterOf(shipment), shipment.createdAt)],
    ['Key', joined(shipment.purpose, ...productOf(shipment))],
    ['Note', joined(shipment.note)],
    ['Order', joined(order.state, order.providerId)],
    ['Parcel', joined(parcel.state, parcel.carrier, parcel.trackingNumber, parcel.trackingUrl)],
    [
      'Credential',
      joined(credential.state, labelled('serial', credential.serial), labelled('firmware', credential.firmware)),
    ],
    ['PIN', joined(pin.state, labelled('to', pin.sentTo), pin.sentAt)],
    ['Registration', joined(...registrationOf(shipment.registration))],
    ['In the hub', joined(...registrationOf(shipment.hub?.registration))],
    ['Duplicate of', joined(shipment.duplicateOf)],
    ...shipment.retries.map(
      ({ card, failures, reason, nextAt }) =>
        ['Retries', joined(card, `failed ${failures} times in a row`, reason, labelled('next', nextAt))] as const,
    ),
    ...actions.map(
      (action, index) => [index === 0 ? 'Next' : '', `keycourier ${commandOf(action)} ${shipment.id}`] as const,
    ),
  ];
  return [
    pairs(
      terminal,
      facts.filter(([, value]) => value !== ''),
    ),
    ...problemsOf(terminal, shipment),
  ].join('\n');
}

/** The user there, and in what they differ from the one of the spoke. */
function hubOf({ hub }: Shipment): (string | null)[] {
  const drift = hub?.drift ?? [];
  return [hub?.userId ?? null, drift.length === 0 ? null : `(differs in ${drift.join(', ')})`];
}

function problemsOf(terminal: Terminal, { hold, problems, status }: Shipment): string[] {
  const reason = hold === null || hold === undefined ? null : `${clean(hold.code)}: ${clean(hold.message ?? '')}`;
  const lines = problemLines(terminal, problems, '  ');
  if (reason === null && lines.length === 0) return [];
  return [terminal.paint.yellow(reason === null ? `Problems (${clean(status)}):` : `Held, ${reason}`), ...lines];
}

function requesterOf({ requestedBy, batch }: Shipment): (string | null)[] {
  const { apiKey = null, event = null } = requestedBy ?? {};
  return [
    apiKey === null ? null : labelled('API key', apiKey.name ?? apiKey.id),
    event === null ? null : labelled('event', event.uuid),
    labelled('batch', batch?.id ?? null),
    typeof batch?.row === 'number' ? `row ${batch.row}` : null,
  ];
}

function registrationOf(registration: Shipment['registration']): (string | null)[] {
  if (registration === null || registration === undefined) return [];
  return [registration.state, registration.writtenAt, registration.problem?.code ?? null];
}

function productOf({ product }: Shipment): (string | null)[] {
  const { productId = null, inventoryProductId = null, customizationId = null } = product ?? {};
  return [
    labelled('product', productId),
    labelled('inventory', inventoryProductId),
    labelled('customization', customizationId),
  ];
}

const joined = (...parts: readonly (string | null)[]): string =>
  parts.flatMap((part) => (part === null || part === '' ? [] : [clean(part)])).join('  ');

const labelled = (name: string, value: string | null): string | null => (value === null ? null : `${name} ${value}`);

const commandOf = (action: string): string => (action === 'confirm-receipt' ? 'confirm' : clean(action));
