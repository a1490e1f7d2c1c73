/** What a text that is searched for may be. */
export type QueryKind =
  | 'shipment'
  | 'batch'
  | 'event'
  | 'event_uuid'
  | 'okta_user'
  | 'login'
  | 'serial'
  | 'tracking_number'
  | 'name';

export interface QueryReading {
  kind: QueryKind;
  /** As it is stored. */
  value: string;
}

/** Longer texts are none of these. */
export const maxQueryLength = 254;

const id = /^(shp|bat|evt)_[0-9a-z]{1,40}$/;
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const oktaUserId = /^00u[0-9A-Za-z]{17}$/;
/** Of a YubiKey: seven or eight digits, and more to come. */
const serial = /^\d{5,12}$/;
const trackingNumber = /^(?=(?:.*\d){4})[0-9A-Z]{8,40}$/;
const word = /\p{L}/u;

const byPrefix: Readonly<Record<string, QueryKind>> = { shp: 'shipment', bat: 'batch', evt: 'event' };

/**
 * The readings of a text, the surest first: what only one kind looks like has one reading. Letter case and spaces matter where
 * they matter in the thing itself. Empty for a text that is nothing which can be searched for.
 */
export function classifyQuery(text: string): readonly QueryReading[] {
  const query = text.normalize('NFC').trim().replaceAll(/\s+/g, ' ');
  if (query === '' || query.length > maxQueryLength) return [];
  const [, prefix] = id.exec(query.toLowerCase()) ?? [];
  const kind = prefix === undefined ? undefined : byPrefix[prefix];
  if (kind !== undefined) return [{ kind, value: query.toLowerCase() }];
  if (uuid.test(query)) return [{ kind: 'event_uuid', value: query }];
  if (oktaUserId.test(query)) return [{ kind: 'okta_user', value: query }];
  if (query.includes('@')) return [{ kind: 'login', value: query }];
  return readingsOfText(query);
}

function readingsOfText(query: string): readonly QueryReading[] {
  const compact = query.replaceAll(/[ -]/g, '').toUpperCase();
  const readings: QueryReading[] = [];
  if (serial.test(compact)) readings.push({ kind: 'serial', value: compact });
  if (trackingNumber.test(compact)) readings.push({ kind: 'tracking_number', value: compact });
  if (!query.includes(' ')) readings.push({ kind: 'login', value: query });
  if (word.test(query)) readings.push({ kind: 'name', value: query });
  return readings;
}
