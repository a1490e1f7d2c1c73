import type { Attribute } from './attribute.ts';

type Rest = Partial<Omit<Attribute, 'name' | 'type' | 'description' | 'subAttributes'>>;

const usual = {
  multiValued: false,
  required: false,
  caseExact: false,
  mutability: 'readWrite',
  returned: 'default',
  uniqueness: 'none',
} as const;

export const text = (name: string, description: string, rest: Rest = {}): Attribute => ({
  ...usual,
  name,
  type: 'string',
  description,
  ...rest,
});

export const dateTime = (name: string, description: string, rest: Rest = {}): Attribute => ({
  ...text(name, description, rest),
  type: 'dateTime',
});

export const binary = (name: string, description: string): Attribute => ({
  ...text(name, description, { caseExact: true }),
  type: 'binary',
});

export const flag = (name: string, description: string): Attribute => ({ ...text(name, description), type: 'boolean' });

/** `to` are the resource types that the URI may name, or `external`. */
export const uri = (
  name: string,
  description: string,
  { to, ...rest }: Rest & { to: readonly string[] },
): Attribute => ({
  ...text(name, description, rest),
  type: 'reference',
  referenceTypes: to,
});

interface Parts extends Rest {
  of: readonly Attribute[];
}

export const complex = (name: string, description: string, { of, ...rest }: Parts): Attribute => ({
  ...text(name, description, rest),
  type: 'complex',
  subAttributes: of,
});

export const list = (name: string, description: string, parts: Parts): Attribute =>
  complex(name, description, { ...parts, multiValued: true });
