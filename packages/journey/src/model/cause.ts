import type { Hold, Problem } from './shipment.ts';

/** Longer ones are cut off: such a shipment has more problems than one remedy solves. */
const maxLength = 500;

/** Services name fields as they like. What separates parts is encoded, and nothing else: a text may hold half a surrogate pair. */
const encoded = (text: string): string => text.replaceAll(/[%/\s]/g, (separator) => encodeURIComponent(separator));

const partOf = ({ field, code }: Problem): string => `${encoded(field)}/${encoded(code)}`;

/**
 * What is wrong with a held shipment, as one text: the hold's code, and field and code of each problem, in any order. Shipments
 * with the same cause have the same remedy. It is stored; no part of it is a value.
 */
export function causeOf({ code, problems }: Pick<Hold, 'code' | 'problems'>): string {
  const parts = [...new Set(problems.map(partOf))].toSorted();
  return [code, ...parts].join(' ').slice(0, maxLength);
}

/** The code and the problems of a stored cause; a part that was cut off is left out. */
export function readCause(cause: string): { code: string; problems: readonly Problem[] } {
  const [code = '', ...parts] = cause.split(' ');
  const whole = cause.length < maxLength ? parts : parts.slice(0, -1);
  const problems = whole.flatMap((part) => {
    const [field, problem] = part.split('/');
    return field === undefined || problem === undefined ? [] : [{ field: decoded(field), code: decoded(problem) }];
  });
  return { code, problems };
}

/** A stored text of another version may not be encoded. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
