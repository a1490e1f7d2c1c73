import { InvalidArgumentError } from 'commander';

/** Attributes of a profile by their Okta names. */
export type Fields = Readonly<Record<string, string>>;

/** Adds one `field=value` of the command line to those before it. */
export function collectField(text: string, before: Fields = {}): Fields {
  const [, field, value] = /^(\w{1,64})=(.*)$/su.exec(text) ?? [];
  if (field === undefined || value === undefined) throw new InvalidArgumentError('It must be field=value.');
  if (Object.hasOwn(before, field)) throw new InvalidArgumentError(`${field} is given twice.`);
  return { ...before, [field]: value };
}

/** A whole number of the command line, within limits. */
export const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
    return value;
  };
