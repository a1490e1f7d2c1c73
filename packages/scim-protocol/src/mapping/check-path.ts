import { parsePath } from '../filter/parse-filter.ts';
import { ScimError } from '../scim-error.ts';

/** Why a path cannot stand in a mapping, as one sentence; null where it can: it leads to one text of a User. */
export function checkPath(path: string): string | null {
  try {
    const { reference } = parsePath(path, 'User');
    const { attribute, sub } = reference;
    const leaf = sub ?? attribute;
    if (leaf === null) return 'names a whole extension: name one of its attributes.';
    if (attribute?.returned === 'never' || leaf.returned === 'never') return 'names what is never stored.';
    if (leaf.type === 'complex') return `has parts: name one of them, such as ${reference.key}.${firstPart(leaf)}.`;
    return leaf.type === 'string' || leaf.type === 'reference' ? null : 'leads to no text.';
  } catch (error) {
    if (error instanceof ScimError) return `is no path: ${error.message}`;
    throw error;
  }
}

const firstPart = ({ subAttributes }: { subAttributes?: readonly { name: string }[] }): string =>
  subAttributes?.[0]?.name ?? 'value';
