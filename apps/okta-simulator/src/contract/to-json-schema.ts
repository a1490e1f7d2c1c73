/** The parts of an OpenAPI 3.0 schema that must be converted for ajv. */
type Schema = Readonly<Record<string, unknown>>;

/** The side of an exchange: responses must not contain write-only or undocumented properties. */
export type Side = 'request' | 'answer';

const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const notForAjv = new Set([
  'discriminator',
  'example',
  'examples',
  'nullable',
  'readOnly',
  'writeOnly',
  'xml',
  'default',
]);

/**
 * Turns a schema of OpenAPI 3.0 into one of JSON Schema 2019-09: `nullable` becomes the type null, references point into
 * `$defs`, and objects in responses must not have undocumented properties.
 */
export function toJsonSchema(schema: unknown, side: Side, components: Schema): Schema {
  if (!isSchema(schema)) return {};
  const closed = side === 'answer' && namesProperties(schema, components);
  return { ...convert(schema, side, components), ...(closed ? { unevaluatedProperties: false } : {}) };
}

/** All components; they stay open, because the schema that references one closes it. */
export function toDefinitions(components: Schema, side: Side): Schema {
  return Object.fromEntries(
    Object.entries(components).map(([name, schema]) => [
      name,
      isSchema(schema) ? convert(schema, side, components) : {},
    ]),
  );
}

function convert(schema: Schema, side: Side, components: Schema): Schema {
  const entries = Object.entries(schema)
    .filter(([key]) => !notForAjv.has(key) && !key.startsWith('x-'))
    .map(([key, value]): [string, unknown] => [key, convertKeyword(key, value, side, components)]);
  return allowNull(Object.fromEntries(entries), schema['nullable'] === true);
}

function convertKeyword(key: string, value: unknown, side: Side, components: Schema): unknown {
  if (key === '$ref') return String(value).replace('#/components/schemas/', '#/$defs/');
  if (key === 'items') return toJsonSchema(value, side, components);
  if (key === 'additionalProperties' && isSchema(value)) return toJsonSchema(value, side, components);
  if (['allOf', 'anyOf', 'oneOf'].includes(key) && Array.isArray(value))
    return value.map((one) => (isSchema(one) ? convert(one, side, components) : {}));
  if (key !== 'properties' || !isSchema(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, property]) => [
      name,
      side === 'answer' && isSchema(property) && property['writeOnly'] === true
        ? false
        : toJsonSchema(property, side, components),
    ]),
  );
}

function allowNull(schema: Record<string, unknown>, nullable: boolean): Schema {
  if (!nullable) return schema;
  const values = Array.isArray(schema['enum']) ? { enum: [...schema['enum'], null] } : {};
  if (typeof schema['type'] === 'string') return { ...schema, ...values, type: [schema['type'], 'null'] };
  return { anyOf: [schema, { type: 'null' }] };
}

/** A schema such as `{ type: object }` leaves its properties open on purpose. */
function namesProperties(schema: Schema, components: Schema): boolean {
  if (['properties', 'allOf', 'anyOf', 'oneOf'].some((key) => key in schema)) return true;
  const name = typeof schema['$ref'] === 'string' ? schema['$ref'].split('/').at(-1) : undefined;
  const target = name === undefined ? undefined : components[name];
  return isSchema(target) && namesProperties(target, components);
}
