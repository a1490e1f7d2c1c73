import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

import { parseSync, visitorKeys } from 'oxc-parser';

/**
 * @typedef {import('oxc-parser').Program} Program
 * @typedef {{ type: string, start: number, end: number } & Record<string, any>} Node
 * @typedef {{ specifier: string, isTypeOnly: boolean, line: number }} Import
 * @typedef {{ path: string, text: string, program: Program, comments: { value: string }[], lineAt: (offset: number) => number }} Source
 */

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** What git tracks or would track, relative to the root. */
export function listFiles() {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  const paths = new Set(listed.split('\0').filter((path) => path !== '' && isFile(path)));
  return [...paths];
}

/** @param {string} path */
const isFile = (path) => statSync(join(root, path), { throwIfNoEntry: false })?.isFile() === true;

/** @param {string} path relative to the root */
export const readText = (path) => readFileSync(join(root, path), 'utf8');

/** @param {string} path */
export const isTypeScript = (path) => /^(apps|packages)\/.*\.(ts|tsx|mts)$/.test(path) && !path.endsWith('.d.ts');

/** @param {string} path */
export const isTest = (path) =>
  /\.(test|story|contract)\.[a-z]+$|\/(testing|contract)\/|^(apps|packages)\/[^/]+\/bench\//.test(path);

/** Nothing in these is product code. */
const unshippedFolders = ['packages/stories', 'packages/bench'];

/** @param {string} path */
export const isProduct = (path) => isTypeScript(path) && !isTest(path) && !isUnshipped(path);

/** @param {string} path */
export const isUnshipped = (path) => unshippedFolders.includes(packageOf(path) ?? '');

/**
 * @param {string} path
 * @returns {string | undefined} the folder of its package, as `apps/api`
 */
export const packageOf = (path) => /^(?:apps|packages)\/[^/]+/.exec(path)?.[0];

/**
 * @param {string} path
 * @param {string} [text]
 * @returns {Source}
 */
export function readSource(path, text = readText(path)) {
  const { program, comments, errors } = parseSync(path, text);
  if (errors.length > 0) throw new SyntaxError(`${path} does not parse: ${errors[0]?.message}`);
  const breaks = [...text.matchAll(/\n/g)].map(({ index }) => index);
  return { path, text, program, comments, lineAt: (offset) => lowerBound(breaks, offset) + 1 };
}

/**
 * @param {number[]} sorted
 * @param {number} value
 * @returns {number} how many are smaller than the value
 */
function lowerBound(sorted, value) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * @param {Source} source
 * @returns {Generator<Node>} every node of its syntax tree, parents first
 */
export function* nodesOf({ program }) {
  /** @type {any[]} */
  const open = [program];
  while (open.length > 0) {
    const node = open.pop();
    yield node;
    const children = (visitorKeys[node.type] ?? []).flatMap((key) => node[key] ?? []);
    open.push(...children.filter((child) => child !== null).toReversed());
  }
}

/**
 * What a file imports, exports from elsewhere, loads at run time or names in a type.
 * @param {Source} source
 * @returns {Import[]}
 */
export function importsOf(source) {
  return [...nodesOf(source)].flatMap((node) => {
    const specifier = specifierOf(node);
    if (typeof specifier !== 'string') return [];
    return [{ specifier, isTypeOnly: isTypeOnly(node), line: source.lineAt(node.start) }];
  });
}

/** @param {Node} node */
function specifierOf(node) {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
    case 'ImportExpression':
    case 'TSImportType':
      return node.source?.value;
    case 'CallExpression':
      return isResolve(node.callee) ? node.arguments[0]?.value : undefined;
    default:
      return undefined;
  }
}

/**
 * `import.meta.resolve()` and `createRequire().resolve()` depend on a package as an import does.
 * @param {Node} callee
 */
const isResolve = (callee) =>
  callee.type === 'MemberExpression' &&
  callee.property.name === 'resolve' &&
  (callee.object.type === 'MetaProperty' || callee.object.callee?.name === 'createRequire');

/** @param {Node} node */
function isTypeOnly(node) {
  if (node.type === 'TSImportType' || node.importKind === 'type' || node.exportKind === 'type') return true;
  /** @type {Node[]} */
  const names = node.specifiers ?? [];
  return names.length > 0 && names.every((name) => (name.importKind ?? name.exportKind) === 'type');
}

/**
 * @param {string} path of the importing file
 * @param {string} specifier
 * @returns {string | undefined} the file of ours that is meant, without its extension
 */
export function targetOf(path, specifier) {
  if (specifier.startsWith('.')) return withoutExtension(normalize(join(dirname(path), specifier)));
  const [, name, rest] = /^@keycourier\/([^/]+)\/(.+)$/.exec(specifier) ?? [];
  if (name === undefined) return undefined;
  const folder = ['packages', 'apps'].find((parent) => existsSync(join(root, parent, name)));
  return folder === undefined ? undefined : `${folder}/${name}/src/${withoutExtension(rest ?? '')}`;
}

/** @param {string} path */
export const withoutExtension = (path) => path.replace(/\.(ts|tsx|mts|mjs|js|jsx)$/, '');
