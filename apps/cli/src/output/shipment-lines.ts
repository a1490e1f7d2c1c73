import type { Shipment } from '../api/shapes.ts';
import type { Terminal } from '../terminal.ts';
import { clean } from './clean.ts';
import { problemLines } from './problems.ts';
import { paintStatus } from './status-colour.ts';
import { pairs } from './table.ts';

/** A shipment in a line, with what is wrong with it below. */
export function inShort(terminal: Terminal, shipment: Shipment): string {
  const { id, status, user, order, parcel, credential, pin } = shipment;
  const facets = `order ${order.state}, parcel ${parcel.state}, credential ${credential.state}, PIN ${pin.state}`;
  const whose = user.login ?? user.id;
  return [
    `${id} is ${paintStatus(terminal.paint, clean(status))}${whose === null ? '' : ` (${clean(whose)})`}: ${clean(facets)}`,
    ...problemsOf(terminal, shipment),
  ].join('\n');
}

/** Everything that is known of a shipment, a fact a line. */
export function inFull(terminal: Terminal, shipment: Shipment): string {
  const { order, parcel, credential, pin, actions } = shipment;
  const facts: readonly (readonly [name: string, value: string])[] = [
    ['Shipment', `${shipment.id}${shipment.dryRun ? '  (rehearsal)' : ''}`],
    ['Status', paintStatus(terminal.paint, clean(shipment.status))],
    ['Person', words(shipment.user.login, shipment.user.id === null ? null : `(${shipment.user.id})`)],
    [
      'Asked by',
      words(shipment.trigger, shipment.purpose === null ? null : `for ${shipment.purpose}`, shipment.createdAt),
    ],
    ['Order', words(order.state, order.providerId)],
    ['Parcel', words(parcel.state, parcel.carrier, parcel.trackingNumber, parcel.trackingUrl)],
    [
      'Credential',
      words(credential.state, labelled('serial', credential.serial), labelled('firmware', credential.firmware)),
    ],
    ['PIN', words(pin.state, labelled('to', pin.sentTo), pin.sentAt)],
    ['Duplicate of', words(shipment.duplicateOf)],
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

function problemsOf(terminal: Terminal, { hold, problems, status }: Shipment): string[] {
  const head = hold === null || hold === undefined ? null : `${clean(hold.code)}: ${clean(hold.message ?? '')}`;
  const lines = problemLines(terminal, problems, '  ');
  if (head === null && lines.length === 0) return [];
  return [terminal.paint.yellow(head === null ? `Why it ${clean(status)}:` : `Held, ${head}`), ...lines];
}

const words = (...parts: readonly (string | null)[]): string =>
  parts.flatMap((part) => (part === null || part === '' ? [] : [clean(part)])).join('  ');

const labelled = (name: string, value: string | null): string | null => (value === null ? null : `${name} ${value}`);

const commandOf = (action: string): string => (action === 'confirm-receipt' ? 'confirm' : clean(action));
