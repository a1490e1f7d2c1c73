import { arrivedDelivery, type ArrivedDelivery } from '@keycourier/ledger/deliveries/accept-deliveries';
import { readEnvelope } from '@keycourier/ledger/events/read-delivered-event';
import { BodyError, bodyErrorReasons, type BodyErrorCode } from '@keycourier/runtime/http-body';
import type { JsonFaultCode } from '@keycourier/runtime/json/json-limits';
import { readJson } from '@keycourier/runtime/json/read-json';

import { deliveryLimits } from './limits.ts';

export type DeliveryResult = { outcome: 'parsed'; delivery: ArrivedDelivery } | RefusedDelivery;

interface RefusedDelivery {
  outcome: 'malformed' | 'too_large';
  status: 400 | 413 | 415;
  reason: string;
}

/** Parses a delivery. `reason` names what is missing or too much, and never quotes the request. */
export async function readDelivery(body: Promise<Uint8Array> | AsyncIterable<Uint8Array>): Promise<DeliveryResult> {
  try {
    const result = await readJson(await body, deliveryLimits);
    return result.outcome === 'read' ? readArrived(result.json, result.text) : refusalOf(result.fault.code);
  } catch (error) {
    if (error instanceof BodyError) return refusalOf(error.code);
    throw error;
  }
}

function readArrived(json: unknown, text: string): DeliveryResult {
  const envelope = readEnvelope(json);
  if (envelope === null)
    return malformed('The body is not an event hook delivery: data.events is missing or not a list.');
  return { outcome: 'parsed', delivery: arrivedDelivery(envelope, text) };
}

function refusalOf(code: JsonFaultCode | BodyErrorCode): RefusedDelivery {
  switch (code) {
    case 'not_json':
    case 'not_utf8':
    case 'duplicate_member':
      return malformed('The body is not JSON.');
    case 'too_deep':
      return malformed(`The body is nested more than ${deliveryLimits.depth} levels deep.`);
    case 'unreadable':
      return malformed(bodyErrorReasons[code]);
    case 'unknown_encoding':
      return { ...malformed(bodyErrorReasons[code]), status: 415 };
    case 'expands_too_much':
      return { outcome: 'too_large', status: 413, reason: bodyErrorReasons[code] };
    case 'too_large':
      return tooLarge('5 MiB');
    case 'too_many_items':
      return tooLarge(`${deliveryLimits.lists['data.events']} events`);
    case 'too_many_values':
      return tooLarge(`${deliveryLimits.values} values`);
    case 'too_many_members':
      return tooLarge(`${deliveryLimits.members} members in one object`);
    case 'too_many_elements':
      return tooLarge(`${deliveryLimits.elements} elements in one list`);
    case 'text_too_long':
      return tooLarge(`${deliveryLimits.characters} characters in one text`);
  }
}

const malformed = (reason: string): RefusedDelivery => ({ outcome: 'malformed', status: 400, reason });

const tooLarge = (limit: string): RefusedDelivery => ({
  outcome: 'too_large',
  status: 413,
  reason: `A delivery must not exceed ${limit}.`,
});
