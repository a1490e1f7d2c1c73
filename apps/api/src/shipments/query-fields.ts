import { statuses } from '@keycourier/journey/model/status';
import { z } from 'zod';

/** Documents a parameter by its meaning: in a URL it is a string. */
export function documentedAs(meaning: Readonly<Record<string, unknown>>) {
  return ({ jsonSchema }: { jsonSchema: object }): void => {
    for (const name of Object.keys(jsonSchema)) if (name !== 'description') Reflect.deleteProperty(jsonSchema, name);
    Object.assign(jsonSchema, meaning);
  };
}

/** `true` or `false`; by default false. */
export const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true')
  .meta({ override: documentedAs({ type: 'boolean', default: false }) });

/** `true` or `false`; absent: either. */
export const optionalFlag = z
  .enum(['true', 'false'])
  .transform((text) => text === 'true')
  .optional()
  .meta({ override: documentedAs({ type: 'boolean' }) });

export const status = z.enum(statuses);

/** One value or several, of which one is enough; in a URL separated by commas. */
export function severalOf<Value extends string>(values: readonly Value[]) {
  const value = z.enum(values);
  return {
    inUrl: z
      .string()
      .transform((text, { issues }) =>
        text.split(',', values.length + 1).flatMap((one) => {
          const { data } = value.safeParse(one);
          if (data !== undefined) return [data];
          issues.push({ code: 'invalid_value', values: [...values], input: text });
          return [];
        }),
      )
      .meta({
        param: { style: 'form', explode: false },
        override: documentedAs({ type: 'array', items: { type: 'string', enum: [...values] } }),
      }),
    inBody: z.union([value.transform((one) => [one]), z.array(value).min(1).max(values.length)]),
  };
}

/** No id or login contains control characters, and Postgres rejects NUL. */
export const user = z
  .string()
  .regex(/^[^\p{C}]{1,254}$/u)
  .meta({ description: 'An exact Okta id or login; letter case is ignored' });

const shipmentIdPattern = /^shp_[0-9a-z]{26}$/;

export const isShipmentId = (text: string): boolean => shipmentIdPattern.test(text);

const idPatterns = {
  shp: shipmentIdPattern,
  bat: /^bat_[0-9a-z]{26}$/,
  evt: /^evt_[0-9a-z]{26}$/,
  usr: /^usr_[0-9a-z]{26}$/,
  grp: /^grp_[0-9a-z]{26}$/,
  blk: /^blk_[0-9a-z]{26}$/,
  hgm: /^hgm_[0-9a-z]{26}$/,
  mir: /^mir_[0-9a-z]{26}$/,
  cmp: /^cmp_[0-9a-z]{26}$/,
} as const;

export const isIdOf = (kind: keyof typeof idPatterns, text: string): boolean => idPatterns[kind].test(text);

/** Opaque to callers: the last id of the previous page, in base64url. */
export const cursorOf = (kind: keyof typeof idPatterns) =>
  z
    .string()
    .max(100)
    .transform((text) => Buffer.from(text, 'base64url').toString('latin1'))
    .refine((id) => idPatterns[kind].test(id))
    .meta({ description: 'The `nextCursor` of the previous page' });

export const cursor = cursorOf('shp');

export const toCursor = (id: string): string => Buffer.from(id, 'latin1').toString('base64url');

/** A moment, such as `2026-03-02T09:00:00Z`. */
export const time = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

export const limit = z
  .string()
  .regex(/^\d{1,3}$/)
  .transform(Number)
  .pipe(z.int().min(1).max(100))
  .default(50)
  .meta({
    description: 'How many a page has at most',
    override: documentedAs({ type: 'integer', minimum: 1, maximum: 100, default: 50 }),
  });
