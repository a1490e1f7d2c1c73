import { z } from 'zod';

import { select, type Queryable } from '../store/database.ts';
import type { Profile } from './user.ts';

const permission = z.looseObject({ principal: z.string(), action: z.string() });

/** An attribute that the org's administrators added to the user schema. */
export const customAttribute = z.looseObject({
  title: z.string().min(1),
  type: z.enum(['array', 'boolean', 'integer', 'number', 'string']),
  minLength: z.int().min(0).nullish(),
  maxLength: z.int().min(0).nullish(),
  enum: z.array(z.union([z.string(), z.int()])).nullish(),
  required: z.boolean().nullish(),
  scope: z.enum(['NONE', 'SELF']).default('NONE'),
  permissions: z.array(permission).default([{ principal: 'SELF', action: 'READ_ONLY' }]),
  master: z.looseObject({ type: z.enum(['OKTA', 'OVERRIDE', 'PROFILE_MASTER']) }).default({ type: 'PROFILE_MASTER' }),
});

export const customAttributes = z.record(z.string(), customAttribute);

export type CustomAttributes = z.infer<typeof customAttributes>;

export async function readCustom(db: Queryable, lock: 'for update' | '' = ''): Promise<CustomAttributes> {
  const rows = await select(db, z.object({ value: customAttributes }), {
    text: `select value from setting where name = 'custom-attributes' ${lock}`,
    values: [],
  });
  return rows[0]?.value ?? {};
}

const shapes: Readonly<Record<z.infer<typeof customAttribute>['type'], z.ZodType>> = {
  array: z.array(z.unknown()),
  boolean: z.boolean(),
  integer: z.int(),
  number: z.number(),
  string: z.string(),
};

type Value = Profile[string] | undefined;

/** What is wrong with the value of a custom attribute; undefined if nothing is. */
export function customProblem(value: Value, rule: z.infer<typeof customAttribute>): string | undefined {
  if (value === undefined || value === null || value === '')
    return rule.required === true ? 'The field cannot be left blank' : undefined;
  if (!shapes[rule.type].safeParse(value).success) return `The field must be of the type ${rule.type}`;
  if (rule.enum?.length && !rule.enum.some((one) => one === value)) return 'The value is not one of the enumeration';
  if (typeof value !== 'string') return undefined;
  if (value.length < (rule.minLength ?? 0)) return `The field must have at least ${rule.minLength} characters`;
  if (value.length > (rule.maxLength ?? value.length)) return `The field cannot exceed ${rule.maxLength} characters`;
  return undefined;
}
