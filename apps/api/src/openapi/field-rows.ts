import type { Schema } from './document-shape.ts';

/** A line of a table: one field of an object, or of an object in it. */
export interface FieldRow {
  name: string;
  type: string;
  /** The name of a component that has a table of its own; null where the type says all. */
  component: string | null;
  isRequired: boolean;
  description: string;
}

const componentOf = ({ $ref }: Schema): string | null => $ref?.split('/').at(-1) ?? null;

/** A schema in a few words, as people say them. */
export function typeOf(schema: Schema): string {
  const component = componentOf(schema);
  if (component !== null) return component;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeOf).join(' | ');
  if (schema.items !== undefined) return `list of ${typeOf(schema.items)}`;
  const types = [schema.type ?? 'any'].flat().join(' | ');
  return schema.format === undefined ? types : `${types} (${schema.format})`;
}

/** The component that a schema is, perhaps in a list, or else null. */
export function linkOf(schema: Schema): string | null {
  const options = [schema, schema.items ?? {}, ...(schema.anyOf ?? [])];
  return options.map(componentOf).find((name) => name !== null) ?? null;
}

/** The fields of an object with those of the objects in it, each under its path: `order.state`. */
export function fieldRows(schema: Schema, above = ''): FieldRow[] {
  const object = objectIn(schema);
  return Object.entries(object?.properties ?? {}).flatMap(([key, field]) => {
    const name = `${above}${key}`;
    const row: FieldRow = {
      name,
      type: typeOf(field),
      component: linkOf(field),
      isRequired: object?.required?.includes(key) === true,
      description: descriptionOf(field),
    };
    const isList = field.items !== undefined;
    return [row, ...fieldRows(field.items ?? field, `${name}${isList ? '[]' : ''}.`)];
  });
}

const objectIn = (schema: Schema): Schema | undefined =>
  [schema, ...(schema.anyOf ?? [])].find(({ properties }) => properties !== undefined);

function descriptionOf(schema: Schema): string {
  const standard = schema.default === undefined ? '' : `Default: \`${JSON.stringify(schema.default)}\``;
  return [schema.description ?? '', standard].filter((text) => text !== '').join('. ');
}
