import { InvalidArgumentError } from 'commander';
import { z } from 'zod';

/** Profile attributes by their Okta names. */
export type Fields = Readonly<Record<string, string>>;

/** Parses one `field=value` and adds it to the earlier ones. */
export function addField(text: string, before: Fields = {}): Fields {
  const [, field, value] = /^(\w{1,64})=(.*)$/su.exec(text) ?? [];
  if (field === undefined || value === undefined) throw new InvalidArgumentError('It must be field=value.');
  if (Object.hasOwn(before, field)) throw new InvalidArgumentError(`${field} is set twice.`);
  return { ...before, [field]: value };
}

/** A parser of whole numbers within limits. */
export const parseInteger =
  (min: number, max: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max)
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    return value;
  };

const time = z.iso.datetime({ offset: true });

/** A moment with its time zone. */
export function parseTime(text: string): string {
  if (time.safeParse(text).success) return text;
  throw new InvalidArgumentError('It must be a time such as 2026-03-02T09:00:00Z.');
}
