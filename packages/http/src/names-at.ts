import { z } from 'zod';

/** The names that an object of a schema may have at a path, such as `['profile']`; empty where it is no object. */
export function namesAt(schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  const inner = unwrap(schema);
  const [step, ...rest] = path;
  if (step === undefined) return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
  if (inner instanceof z.ZodArray) return namesAt(z.custom<z.ZodType>(isSchema).parse(inner.element), rest);
  if (!(inner instanceof z.ZodObject)) return [];
  const member: unknown = inner.shape[String(step)];
  return isSchema(member) ? namesAt(member, rest) : [];
}

const isSchema = (value: unknown): value is z.ZodType => value instanceof z.ZodType;

/** The schema of what is sent, without what makes it optional or changes it afterwards. */
function unwrap(schema: z.ZodType): z.ZodType {
  const inner: unknown =
    schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault
      ? schema.unwrap()
      : schema instanceof z.ZodPipe
        ? schema.in
        : null;
  return isSchema(inner) ? unwrap(inner) : schema;
}
