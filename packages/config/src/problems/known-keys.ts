import { z } from 'zod';

import { consoleSchema } from '../console.ts';
import { tenantSchema } from '../tenant.ts';

/** The used part of a JSON Schema, as zod writes it. */
interface Shape {
  properties?: Record<string, Shape> | undefined;
  propertyNames?: { enum?: string[] | undefined } | undefined;
  items?: Shape | undefined;
  anyOf?: Shape[] | undefined;
  allOf?: Shape[] | undefined;
}

const shapeSchema: z.ZodType<Shape> = z.looseObject({
  properties: z
    .record(
      z.string(),
      z.lazy(() => shapeSchema),
    )
    .optional(),
  propertyNames: z.looseObject({ enum: z.array(z.string()).optional() }).optional(),
  items: z.lazy(() => shapeSchema).optional(),
  anyOf: z.array(z.lazy(() => shapeSchema)).optional(),
  allOf: z.array(z.lazy(() => shapeSchema)).optional(),
});

const shapeOf = (schema: z.ZodType): Shape =>
  shapeSchema.parse(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' }));

/** A tenant's settings as the file may have them. */
export const tenantShape = (): Shape => shapeOf(tenantSchema);

/** The same for the console's. */
export const consoleShape = (): Shape => shapeOf(consoleSchema);

/** The keys that a part of a tenant may have; `path` begins at the tenant. */
export function knownKeys(path: readonly PropertyKey[], shape: Shape = tenantShape()): string[] {
  const parts = path.reduce<Shape[]>((shapes, step) => shapes.flatMap((one) => childrenOf(one, step)), variants(shape));
  return [...new Set(parts.flatMap(namesOf))];
}

/** Every key of a tenant that the file may have, at any depth. */
export function allKeys(shape: Shape = tenantShape()): Set<string> {
  const parts = variants(shape);
  const children = parts.flatMap(({ properties = {}, items }) => [
    ...Object.values(properties),
    ...(items === undefined ? [] : [items]),
  ]);
  return new Set([...parts.flatMap(namesOf), ...children.flatMap((child) => [...allKeys(child)])]);
}

const variants = (shape: Shape): Shape[] => [
  shape,
  ...[...(shape.anyOf ?? []), ...(shape.allOf ?? [])].flatMap((one) => variants(one)),
];

const namesOf = ({ properties = {}, propertyNames }: Shape): string[] => [
  ...Object.keys(properties),
  ...(propertyNames?.enum ?? []),
];

const childrenOf = ({ properties = {}, items }: Shape, step: PropertyKey): Shape[] => {
  const child = typeof step === 'number' ? items : Object.entries(properties).find(([name]) => name === step)?.[1];
  return child === undefined ? [] : variants(child);
};
