import type { Token } from 'stream-json/core/parser.js';

import { JsonError, type JsonLimits } from './json-limits.ts';

export interface TokenCounter {
  /** @throws JsonError for the first token that is one too many */
  add: (token: Token) => void;
  /** Whether the document has its value, and all of it. */
  isComplete: () => boolean;
}

/** Counts the tokens of one document, whose keys, strings and numbers are packed. */
export function createTokenCounter(limits: JsonLimits): TokenCounter {
  const nesting = createNesting(limits);
  let values = 0;
  const addText = (text: string): void => {
    if (text.length > limits.characters) throw new JsonError('text_too_long');
  };
  const add = (token: Token): void => {
    if (token.name === 'endObject' || token.name === 'endArray') nesting.close();
    else if (token.name === 'keyValue') {
      addText(token.value);
      nesting.addMember(token.value);
    } else {
      values += 1;
      if (values > limits.values) throw new JsonError('too_many_values');
      nesting.addElement();
      if (token.name === 'startObject') nesting.open('object');
      else if (token.name === 'startArray') nesting.open('array');
      else if (token.name === 'stringValue' || token.name === 'numberValue') addText(token.value);
    }
  };
  return { add, isComplete: () => nesting.depth() === 0 && values > 0 };
}

/**
 * Whether a value that is there already is within the limits, as its tokens would be; a member that a later one of its name
 * replaced is no longer among them. Goes no deeper than the limit.
 */
export function isWithin(value: unknown, limits: JsonLimits): boolean {
  const { lists = {} } = limits;
  let values = 0;
  const isValueWithin = (one: unknown, depth: number, path: string | null): boolean => {
    values += 1;
    if (values > limits.values) return false;
    if (typeof one === 'string') return one.length <= limits.characters;
    if (typeof one !== 'object' || one === null) return true;
    if (depth === limits.depth) return false;
    if (Array.isArray(one)) {
      if (one.length > limitOf(path, limits)) return false;
      for (const element of one) if (!isValueWithin(element, depth + 1, null)) return false;
      return true;
    }
    return areMembersWithin(one, depth, path);
  };
  const areMembersWithin = (object: object, depth: number, path: string | null): boolean => {
    const names = Object.keys(object);
    if (names.length > limits.members) return false;
    for (const name of names) {
      const member: unknown = Reflect.get(object, name);
      if (name.length > limits.characters) return false;
      if (!isValueWithin(member, depth + 1, path === null ? null : memberPath(path, name, lists))) return false;
    }
    return true;
  };
  return isValueWithin(value, 0, '');
}

interface Container {
  kind: 'object' | 'array';
  /** Null where no list with a limit of its own can be. */
  path: string | null;
  /** The latest member's name. */
  name: string;
  names: Set<string> | null;
  count: number;
  /** Of elements; members have one limit. */
  limit: number;
}

interface Nesting {
  depth: () => number;
  open: (kind: Container['kind']) => void;
  close: () => void;
  addMember: (name: string) => void;
  /** Counts a value where it is an element. */
  addElement: () => void;
}

/** The containers that are open, outermost first. */
function createNesting(limits: JsonLimits): Nesting {
  const containers: Container[] = [];
  return {
    depth: () => containers.length,
    open: (kind) => {
      if (containers.length === limits.depth) throw new JsonError('too_deep');
      const outer = containers.at(-1);
      const path = pathOf(outer, limits.lists ?? {});
      const names = kind === 'object' && !limits.isTolerant ? new Set<string>() : null;
      containers.push({ kind, path, name: '', names, count: 0, limit: limitOf(path, limits) });
    },
    close: () => {
      containers.pop();
    },
    addMember: (name) => {
      const object = containers.at(-1);
      if (object !== undefined) countMember(object, name, limits);
    },
    addElement: () => {
      const array = containers.at(-1);
      if (array?.kind !== 'array') return;
      array.count += 1;
      if (array.count > array.limit)
        throw new JsonError(array.limit === limits.elements ? 'too_many_elements' : 'too_many_items');
    },
  };
}

function countMember(object: Container, name: string, limits: JsonLimits): void {
  object.name = name;
  object.count += 1;
  if (object.count > limits.members) throw new JsonError('too_many_members');
  if (object.names?.has(name) === true) throw new JsonError('duplicate_member');
  object.names?.add(name);
}

/** Only the beginnings of the lists' paths are kept: the path of a deep container may be as long as the document. */
function pathOf(outer: Container | undefined, lists: Readonly<Record<string, number>>): string | null {
  if (outer === undefined) return '';
  return outer.path === null || outer.kind === 'array' ? null : memberPath(outer.path, outer.name, lists);
}

function memberPath(path: string, name: string, lists: Readonly<Record<string, number>>): string | null {
  const own = path === '' ? name : `${path}.${name}`;
  return Object.keys(lists).some((list) => `${list}.`.startsWith(`${own}.`)) ? own : null;
}

const limitOf = (path: string | null, { lists = {}, elements }: JsonLimits): number =>
  path !== null && Object.hasOwn(lists, path) ? (lists[path] ?? elements) : elements;
