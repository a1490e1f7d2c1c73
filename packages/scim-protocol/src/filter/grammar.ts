import peggy from 'peggy';

import type { CompareOperator } from './filter.ts';

/** A filter as it is written: names are not resolved, and nothing is checked against a schema. Offsets count UTF-16 units. */
export type FilterTree =
  | { kind: 'and' | 'or'; terms: FilterTree[] }
  | { kind: 'not'; term: FilterTree }
  | { kind: 'test'; name: string; offset: number; test: TestTree }
  | { kind: 'values'; name: string; offset: number; filter: FilterTree; tail: TailTree | null };

export interface TestTree {
  operator: CompareOperator | 'pr';
  offset: number;
  value: string | number | boolean | null;
}

/** Entra's form `emails[type eq "work"].value eq "x"`, which the RFC's grammar does not have. */
interface TailTree {
  name: string;
  test: TestTree;
}

export interface PathTree {
  name: string;
  offset: number;
  filter: FilterTree | null;
  /** The sub-attribute behind a value filter. */
  sub: string | null;
}

/**
 * RFC 7644 Figure 1 and the rule PATH of §3.5.2, and beyond them: `not(` without a space, a quoted value right behind its operator
 * (an example of the RFC's has it so), and a test behind a value filter. A name's URN is read segment by segment, since
 * its colons would else end it too early or too late. `$ref` is an attribute's name (RFC 7643 §2.4).
 */
const grammar = String.raw`
Filter = _ filter:Or _ { return filter; }
Or = head:And tail:(__ OrWord term:And { return term; })* { return join('or', head, tail); }
And = head:Term tail:(__ AndWord term:Term { return term; })* { return join('and', head, tail); }
Term
  = "not"i _ "(" _ term:Or _ Close { return { kind: 'not', term }; }
  / "(" _ term:Or _ Close { return term; }
  / name:Name rest:(ValuesRest / TestRest) { return { ...rest, name, offset: offset() }; }
ValuesRest = Open _ filter:Values _ CloseValues tail:Tail? { return { kind: 'values', filter, tail }; }
Tail = "." name:SubName test:Test { return { name, test }; }
TestRest = test:Test { return { kind: 'test', test }; }

Values = head:ValuesAnd tail:(__ OrWord term:ValuesAnd { return term; })* { return join('or', head, tail); }
ValuesAnd = head:ValuesTerm tail:(__ AndWord term:ValuesTerm { return term; })* { return join('and', head, tail); }
ValuesTerm
  = "not"i _ "(" _ term:Values _ Close { return { kind: 'not', term }; }
  / "(" _ term:Values _ Close { return term; }
  / name:Name test:Test { return { kind: 'test', name, offset: offset(), test }; }

Test = __ found:(Present / Comparison) { return { ...found, offset: found.at }; }
Present "'pr'" = "pr"i !NameChar { return { operator: 'pr', value: null, at: offset() }; }
Comparison = operator:Operator value:Value { return { ...operator, value }; }
Operator "an operator (eq, ne, co, sw, ew, gt, ge, lt or le)"
  = operator:("eq"i / "ne"i / "co"i / "sw"i / "ew"i / "gt"i / "ge"i / "lt"i / "le"i) !NameChar {
    return { operator: operator.toLowerCase(), at: offset() };
  }
Value = _ value:Text { return value; } / __ value:(Literal / Number) { return value; }
Text "a value in double quotes"
  = '"' ([^"\\\u0000-\u001f] / "\\" (["\\/bfnrt] / "u" Hex Hex Hex Hex))* '"' { return JSON.parse(text()); }
Hex = [0-9a-f]i
Literal "true, false or null"
  = word:("true"i / "false"i / "null"i) !NameChar { return JSON.parse(word.toLowerCase()); }
Number "a number"
  = "-"? ("0" / [1-9][0-9]*) ("." [0-9]+)? ("e"i [+-]? [0-9]+)? !NameChar { return Number(text()); }

Path = _ name:Name rest:(Open _ filter:Values _ CloseValues sub:("." sub:SubName { return sub; })? { return { filter, sub }; })? _ {
    return { name, offset: offset(), filter: rest?.filter ?? null, sub: rest?.sub ?? null };
  }

Name "an attribute's name" = $((&"urn:"i (Segment ":")+)? AttributeName ("." AttributeName)?)
SubName "the name of a sub-attribute" = $AttributeName
Segment = [a-z0-9._-]i+
AttributeName = "$"? [a-z]i NameChar*
NameChar = [a-z0-9_-]i
OrWord "'or'" = "or"i ![a-z0-9_.-]i _
AndWord "'and'" = "and"i ![a-z0-9_.-]i _
Open "an opening bracket" = "["
Close "a closing parenthesis" = ")"
CloseValues "a closing bracket" = "]"
_ = [ \t]*
__ "a space" = [ \t]+
`;

const join = String.raw`{{ const join = (kind, head, tail) => (tail.length === 0 ? head : { kind, terms: [head, ...tail] }); }}`;

let made: peggy.Parser | undefined;

/** Made when it is first needed: most processes that import this module start without reading a filter. */
const parserOf = (): peggy.Parser =>
  (made ??= peggy.generate(join + grammar, { allowedStartRules: ['Filter', 'Path'] }));

/** @throws {GrammarError} */
export function parseTree(text: string, startRule: 'Filter'): FilterTree;
export function parseTree(text: string, startRule: 'Path'): PathTree;
export function parseTree(text: string, startRule: 'Filter' | 'Path'): unknown {
  return parserOf().parse(text, { startRule });
}

/** Where a text leaves the grammar, and what could stand there; null for an error of another kind. */
export function readSyntaxError(error: unknown): { offset: number; expected: string[] } | null {
  if (!(error instanceof parserOf().SyntaxError)) return null;
  const expected = (error.expected ?? []).flatMap(nameOf);
  return { offset: error.location.start.offset, expected: [...new Set(expected)] };
}

/** Rules have names where they are worth one; a further space is possible nearly everywhere, and not named. */
function nameOf(expectation: { type: string; description?: string; text?: string }): string[] {
  if (expectation.type === 'class') return [];
  return [expectation.description ?? (expectation.type === 'end' ? 'the end' : `'${expectation.text ?? ''}'`)];
}
