// xsd:dateTime as RFC 7643 §2.3.5 restricts it: with date and time. Without an offset it is UTC.
const form = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)?$/i;

/** The moment in UTC with milliseconds (`2011-05-13T04:42:34.000Z`); null where the text is none. */
export function readDateTime(text: string): string | null {
  const [, time, fraction = '', offset = 'Z'] = form.exec(text) ?? [];
  if (time === undefined) return null;
  const moment = new Date(`${time}.${fraction.slice(0, 3).padEnd(3, '0')}${offset}`.toUpperCase());
  return Number.isNaN(moment.getTime()) ? null : moment.toISOString();
}
