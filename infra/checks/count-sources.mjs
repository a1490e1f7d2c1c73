import { findCycles } from './cycles.mjs';
import { importsOf, nodesOf, targetOf, withoutExtension } from './sources.mjs';

/** @typedef {import('./sources.mjs').Source} Source */
/** @typedef {import('./sources.mjs').Node} Node */

/** What product code must keep to. Each limit belongs to the count of the same name; a count without one is for information. */
export const limits = {
  // The console and the hub brought pages and steps, with a handler and a view each; what grows from here on grows in the files that are there.
  files: { max: 1_400 },
  'lines a file, median': { min: 40, max: 90 },
  'lines a file, longest': { max: 250 },
  'lines a function, median': { max: 10 },
  'functions over 40 lines': { max: 0 },
  'functions with more than 3 parameters': { max: 0 },
  any: { max: 0 },
  'casts with as': { max: 0 },
  'non-null !': { max: 0 },
  'throw new Error': { max: 0 },
  'import cycles': { max: 0 },
  'import cycles, types included': { max: 0 },
};

/**
 * @typedef {{ value: number, where: string[] }} Count a number, and the places that a reader would look at
 * @param {Source[]} sources
 * @returns {Record<string, Count>}
 */
export function count(sources) {
  const files = sources.map((source) => ({ value: linesOf(source.text), where: source.path }));
  const nodes = sources.flatMap((source) => [...nodesOf(source)].map((node) => ({ source, node })));
  const functions = nodes
    .filter(({ node }) => isFunction(node))
    .map(({ source, node }) => ({ node, value: heightOf(source, node), where: placeOf(source, node) }));
  const blocks = functions.filter(({ node }) => node['body'].type === 'BlockStatement');
  /** @param {(node: Node) => boolean} test */
  const having = (test) => all(nodes.filter(({ node }) => test(node)).map(({ source, node }) => placeOf(source, node)));

  return {
    files: { value: files.length, where: [] },
    lines: { value: files.reduce((sum, { value }) => sum + value, 0), where: [] },
    'lines a file, median': quantile(files, 0.5),
    'lines a file, p95': quantile(files, 0.95),
    'lines a file, longest': over(files, limits['lines a file, longest'].max),
    'lines a function, median': quantile(blocks, 0.5),
    'lines a function, p95': quantile(blocks, 0.95),
    'lines a function, longest': { value: Math.max(0, ...blocks.map(({ value }) => value)), where: [] },
    'functions over 40 lines': all(
      blocks.filter(({ value }) => value > 40).map(({ where, value }) => `${where} has ${value}`),
    ),
    'functions with more than 3 parameters': all(
      functions.filter(({ node }) => node['params'].filter(isUsed).length > 3).map(({ where }) => where),
    ),
    any: having(({ type }) => type === 'TSAnyKeyword'),
    'casts with as': having(isCast),
    'non-null !': having(({ type, definite }) => type === 'TSNonNullExpression' || definite === true),
    'throw new Error': having((node) => node.type === 'ThrowStatement' && node['argument'].callee?.name === 'Error'),
    'lint-disable comments': all(sources.filter(isLintDisabled).map(({ path }) => path)),
    'import cycles': all(cyclesOf(sources, { types: false })),
    'import cycles, types included': all(cyclesOf(sources, { types: true })),
  };
}

/** @param {string} text */
const linesOf = (text) => text.split('\n').length - (text.endsWith('\n') ? 1 : 0);

/** @param {Node} node */
const isFunction = ({ type, body }) =>
  ['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'].includes(type) && body !== null;

/**
 * A name with an underscore fills a signature that another library fixes: Express knows error handlers by four parameters.
 * @param {Node} parameter
 */
const isUsed = (parameter) => !(parameter['name'] ?? '').startsWith('_');

/** @param {Node} node */
const isCast = (node) =>
  node.type === 'TSTypeAssertion' ||
  (node.type === 'TSAsExpression' && node['typeAnnotation'].typeName?.name !== 'const');

/** @param {Source} source */
const isLintDisabled = ({ comments }) =>
  comments.some(({ value }) => /^\s*(?:(?:oxlint|eslint)-disable|@ts-(?:ignore|expect-error|nocheck))/.test(value));

/**
 * @param {Source} source
 * @param {Node} node
 */
const heightOf = ({ lineAt }, { start, end }) => lineAt(end) - lineAt(start) + 1;

/**
 * @param {Source} source
 * @param {Node} node
 */
const placeOf = ({ path, lineAt }, { start }) => `${path}:${lineAt(start)}`;

/**
 * @param {string[]} where
 * @returns {Count}
 */
const all = (where) => ({ value: where.length, where });

/**
 * @param {{ value: number }[]} counted
 * @param {number} share
 * @returns {Count}
 */
function quantile(counted, share) {
  const sorted = counted.map(({ value }) => value).toSorted((a, b) => a - b);
  return { value: sorted[Math.floor(share * (sorted.length - 1))] ?? 0, where: [] };
}

/**
 * @param {{ value: number, where: string }[]} counted
 * @param {number} limit
 * @returns {Count}
 */
const over = (counted, limit) => ({
  value: Math.max(0, ...counted.map(({ value }) => value)),
  where: counted.filter(({ value }) => value > limit).map(({ where, value }) => `${where} has ${value}`),
});

/**
 * @param {Source[]} sources
 * @param {{ types: boolean }} options whether imports of types alone count
 * @returns {string[]} the files of each cycle
 */
export function cyclesOf(sources, { types }) {
  const graph = new Map(
    sources.map((source) => {
      const imports = importsOf(source).filter(({ isTypeOnly }) => types || !isTypeOnly);
      const targets = imports.flatMap(({ specifier }) => targetOf(source.path, specifier) ?? []);
      return [withoutExtension(source.path), new Set(targets)];
    }),
  );
  return findCycles(graph).map((files) => files.join(' ↔ '));
}

/**
 * @param {Record<string, Count>} counts
 * @returns {string[]} a line for each limit that is passed
 */
export function passedLimits(counts) {
  return Object.entries(limits).flatMap(([name, limit]) => {
    const { value, where } = counts[name] ?? { value: Number.NaN, where: [] };
    const isKept = value <= limit.max && value >= ('min' in limit ? limit.min : 0);
    return isKept ? [] : [[`${name}: ${value}, allowed ${allowed(limit)}`, ...where].join('\n    ')];
  });
}

/** @param {{ min?: number, max: number }} limit */
export const allowed = ({ min, max }) => (min === undefined ? `${max}` : `${min} to ${max}`);
