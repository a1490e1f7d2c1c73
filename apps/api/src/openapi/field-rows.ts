import type { Schema } from './document-shape.ts';

/** A row of a table: a field of an object, or of a nested object. */
export interface FieldRow {
  name: string;
  type: string;
  /** The name of a component with its own table; null for any other type. */
  component: string | null;
  isRequired: boolean;
  description: string;
}

const componentOf = ({ $ref }: Schema): string | null => $ref?.split('/').at(-1) ?? null;

/** A schema as a short text. */
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

/** The component that a schema refers to, directly or as a list; otherwise null. */
export function linkOf(schema: Schema): string | null {
  const options = [schema, schema.items ?? {}, ...(schema.anyOf ?? [])];
  return options.map(componentOf).find((name) => name !== null) ?? null;
}

/** The fields of an object and of its nested objects, by path: `order.state`. */
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
  const defaultText = schema.default === undefined ? '' : `Default: \`${JSON.stringify(schema.default)}\``;
  return [schema.description ?? '', defaultText].filter((text) => text !== '').join('. ');
}
