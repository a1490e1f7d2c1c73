import { badRequest, type ScimError, type ScimType } from '../scim-error.ts';

/** What a filter may have, in a query, in a path and in a search. */
export const filterLimits = { bytes: 4_000, depth: 30, terms: 100 } as const;

// An open quote counts as text up to the end, so that the time is linear in the length.
const lexemes = /"(?:[^"\\]|\\.)*(?:"|$)|[()[\]]|(?<![\w.-])(?:and|or)(?![\w.-])/gis;

/**
 * Refuses what would take the parser too deep or too long; it is counted before anything is parsed.
 * @throws ScimError of `scimType`
 */
export function checkFilterLimits(text: string, scimType: ScimType): void {
  if (text.length > filterLimits.bytes || Buffer.byteLength(text) > filterLimits.bytes)
    throw tooMuch(scimType, `longer than ${filterLimits.bytes} bytes`);
  let depth = 0;
  let terms = 1;
  for (const [lexeme] of text.matchAll(lexemes)) {
    if (lexeme === '(' || lexeme === '[') depth += 1;
    else if (lexeme === ')' || lexeme === ']') depth -= 1;
    else if (!lexeme.startsWith('"')) terms += 1;
    if (depth > filterLimits.depth) throw tooMuch(scimType, `nested more than ${filterLimits.depth} deep`);
    if (terms > filterLimits.terms) throw tooMuch(scimType, `of more than ${filterLimits.terms} terms`);
  }
}

const tooMuch = (scimType: ScimType, what: string): ScimError =>
  badRequest(scimType, `The ${scimType === 'invalidPath' ? 'path' : 'filter'} is ${what}: split the request.`);
