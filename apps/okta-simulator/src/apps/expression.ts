import type { Profile } from '../users/user.ts';

/** An expression of a mapping is not one of the subset that is understood; `message` says where. */
export class ExpressionError extends Error {
  readonly code = 'invalid_expression';
  readonly level = 'info';
}

type Value = string | boolean | number | null;

/** The value of an expression for the profile of a user. */
export type Expression = (profile: Profile) => Value;

const tokenPattern =
  /\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(\d+)|([A-Za-z_][\w.]*)|(==|!=|&&|\|\||[?:+(),!]))/y;

interface Token {
  kind: 'text' | 'number' | 'name' | 'sign';
  text: string;
}

function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  const pattern = new RegExp(tokenPattern);
  const end = source.trimEnd().length;
  while (pattern.lastIndex < end) {
    const at = pattern.lastIndex;
    const match = pattern.exec(source);
    if (match === null) throw new ExpressionError(`cannot read the expression at position ${at}`);
    const [, double, single, number, name, sign] = match;
    const text = double ?? single;
    if (text !== undefined) tokens.push({ kind: 'text', text: text.replaceAll(/\\(.)/g, '$1') });
    else if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (name !== undefined) tokens.push({ kind: 'name', text: name });
    else tokens.push({ kind: 'sign', text: sign ?? '' });
  }
  return tokens;
}

const textFrom = (value: Value): string => (value === null ? '' : String(value));

/** The functions of Okta's expression language that mappings to user names and aliases use. */
const functions: Readonly<Record<string, (...values: Value[]) => Value>> = {
  'String.append': (one = null, other = null) => textFrom(one) + textFrom(other),
  'String.join': (separator = null, ...parts) => parts.map(textFrom).join(textFrom(separator)),
  'String.len': (value = null) => textFrom(value).length,
  'String.toLowerCase': (value = null) => textFrom(value).toLowerCase(),
  'String.toUpperCase': (value = null) => textFrom(value).toUpperCase(),
  'String.removeSpaces': (value = null) => textFrom(value).replaceAll(' ', ''),
  'String.replace': (value = null, from = null, to = null) => textFrom(value).replaceAll(textFrom(from), textFrom(to)),
  'String.substring': (value = null, start = 0, end = null) =>
    textFrom(value).slice(Number(start), end === null ? undefined : Number(end)),
  'String.substringBefore': (value = null, mark = null) => {
    const at = textFrom(value).indexOf(textFrom(mark));
    return at === -1 ? textFrom(value) : textFrom(value).slice(0, at);
  },
  'String.substringAfter': (value = null, mark = null) => {
    const at = textFrom(value).indexOf(textFrom(mark));
    return at === -1 ? '' : textFrom(value).slice(at + textFrom(mark).length);
  },
};

const constants = new Map<string, Value>([
  ['null', null],
  ['true', true],
  ['false', false],
]);

/** Reads from loosest to tightest: `? :`, `||`, `&&`, `==` and `!=`, `+`, `!`, and a value. */
class Reader {
  private at = 0;
  private readonly tokens: readonly Token[];

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  whole(): Expression {
    const expression = this.choice();
    const rest = this.tokens[this.at];
    if (rest !== undefined) throw new ExpressionError(`"${rest.text}" is not expected there`);
    return expression;
  }

  private take(sign: string): boolean {
    const token = this.tokens[this.at];
    if (token?.kind !== 'sign' || token.text !== sign) return false;
    this.at += 1;
    return true;
  }

  private require(sign: string): void {
    if (!this.take(sign)) throw new ExpressionError(`"${sign}" is missing`);
  }

  private choice(): Expression {
    const condition = this.either();
    if (!this.take('?')) return condition;
    const yes = this.choice();
    this.require(':');
    const no = this.choice();
    return (profile) => (condition(profile) === true ? yes(profile) : no(profile));
  }

  private either(): Expression {
    const left = this.both();
    if (!this.take('||')) return left;
    const right = this.either();
    return (profile) => left(profile) === true || right(profile) === true;
  }

  private both(): Expression {
    const left = this.equality();
    if (!this.take('&&')) return left;
    const right = this.both();
    return (profile) => left(profile) === true && right(profile) === true;
  }

  private equality(): Expression {
    const left = this.sum();
    const isEqual = this.take('==');
    if (!isEqual && !this.take('!=')) return left;
    const right = this.sum();
    return (profile) => (left(profile) === right(profile)) === isEqual;
  }

  private sum(): Expression {
    let sum = this.value();
    while (this.take('+')) {
      const left = sum;
      const right = this.value();
      sum = (profile) => textFrom(left(profile)) + textFrom(right(profile));
    }
    return sum;
  }

  private value(): Expression {
    if (this.take('!')) {
      const negated = this.value();
      return (profile) => negated(profile) !== true;
    }
    if (this.take('(')) {
      const inner = this.choice();
      this.require(')');
      return inner;
    }
    const token = this.tokens[this.at];
    this.at += 1;
    if (token?.kind === 'text') return () => token.text;
    if (token?.kind === 'number') return () => Number(token.text);
    if (token?.kind === 'name') return this.named(token.text);
    throw new ExpressionError('a value is missing');
  }

  private named(name: string): Expression {
    const constant = constants.get(name);
    if (constant !== undefined) return () => constant;
    const [, attribute] = /^user\.(\w+)$/.exec(name) ?? [];
    if (attribute !== undefined) return (profile) => attributeOf(profile, attribute);
    const apply = Object.hasOwn(functions, name) ? functions[name] : undefined;
    if (apply === undefined) throw new ExpressionError(`"${name}" is not known`);
    const values = this.parameters();
    return (profile) => apply(...values.map((value) => value(profile)));
  }

  private parameters(): Expression[] {
    this.require('(');
    const values: Expression[] = [];
    if (this.take(')')) return values;
    do values.push(this.choice());
    while (this.take(','));
    this.require(')');
    return values;
  }
}

function attributeOf(profile: Profile, name: string): Value {
  const value = Object.hasOwn(profile, name) ? profile[name] : null;
  return value === undefined || Array.isArray(value) ? null : value;
}

/**
 * Compiles an expression of a profile mapping: `user.` attributes, text, `+`, comparison, `? :` and functions of text.
 * @throws ExpressionError for anything else
 */
export function compileExpression(source: string): Expression {
  return new Reader(tokensOf(source)).whole();
}
