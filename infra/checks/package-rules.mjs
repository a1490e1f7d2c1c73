import { basename } from 'node:path';

import { cyclesOf } from './count-sources.mjs';
import { findCycles } from './cycles.mjs';
import {
  importsOf,
  isProduct,
  isTest,
  isUnshipped,
  nodesOf,
  packageOf,
  targetOf,
  withoutExtension,
} from './sources.mjs';

/**
 * @typedef {import('./sources.mjs').Source} Source
 * @typedef {import('./packages-table.mjs').Row} Row
 * @typedef {{ folder: string, dependencies: string[], devDependencies: string[] }} Package its dependencies among ours
 * @typedef {{ from: string, to: string, isTest: boolean, where: string }} Arrow from one package's folder to another's name
 */

/**
 * @param {Source[]} sources
 * @returns {Arrow[]} one for each import of another package
 */
export const findArrows = (sources) =>
  sources.flatMap((source) =>
    importsOf(source).flatMap(({ specifier, line }) => {
      const from = packageOf(source.path);
      const [, to] = /^@keycourier\/([^/]+)/.exec(specifier) ?? [];
      if (from === undefined || to === undefined || to === basename(from)) return [];
      return [{ from, to, isTest: isTest(source.path), where: `${source.path}:${line}` }];
    }),
  );

/**
 * @param {Arrow[]} arrows
 * @param {string} from
 * @param {{ tests: boolean }} of
 * @returns {string[]} what the code of a package imports, or what its tests import beyond that
 */
export function importedBy(arrows, from, { tests }) {
  const own = new Set(arrows.filter((arrow) => arrow.from === from && !arrow.isTest).map(({ to }) => to));
  if (!tests) return [...own].toSorted();
  const all = new Set(arrows.filter((arrow) => arrow.from === from).map(({ to }) => to));
  return [...all].filter((to) => !own.has(to)).toSorted();
}

/**
 * Each package has its row in ARCHITECTURE.md, and each row says what the code does.
 * @param {{ rows: Row[], packages: Package[], arrows: Arrow[] }} map
 * @returns {string[]} failures
 */
export function checkRows({ rows, packages, arrows }) {
  const folders = packages.map(({ folder }) => folder);
  const drawn = rows.map(({ folder }) => folder);
  const missing = folders.filter((folder) => !drawn.includes(folder));
  return [
    ...missing.map((folder) => `ARCHITECTURE.md: give ${folder} a row in the table of packages`),
    ...drawn
      .filter((folder, index) => drawn.indexOf(folder) !== index)
      .map((folder) => `ARCHITECTURE.md: ${folder} has two rows, keep one`),
    ...rows.flatMap((row) =>
      folders.includes(row.folder)
        ? checkRow(row, { folders, arrows })
        : [`ARCHITECTURE.md: there is no ${row.folder}, remove its row`],
    ),
  ];
}

/**
 * @param {Row} row
 * @param {{ folders: string[], arrows: Arrow[] }} known
 */
function checkRow({ folder, imports, starts }, { folders, arrows }) {
  const named = [...new Set([...imports, ...starts])];
  const unknown = named.filter((name) => !folders.some((known) => basename(known) === name));
  const imported = importedBy(arrows, folder, { tests: false });
  const undrawn = imported.filter((name) => !imports.includes(name));
  return [
    ...unknown.map((name) => `ARCHITECTURE.md: ${folder} may not import ${name}, there is no such package`),
    ...undrawn.map(
      (name) => `${whereOf(arrows, folder, name)} imports ${name}: ${folder} may not, or its row must say so`,
    ),
    ...imports
      .filter((name) => !imported.includes(name) && !unknown.includes(name))
      .map((name) => `ARCHITECTURE.md: ${folder} does not import ${name}, take it out of its row`),
  ];
}

/**
 * @param {Arrow[]} arrows
 * @param {string} from
 * @param {string} to
 */
const whereOf = (arrows, from, to) =>
  arrows.find((arrow) => arrow.from === from && arrow.to === to && !arrow.isTest)?.where;

/**
 * `dependencies` are what product code imports or starts, `devDependencies` what only tests import.
 * @param {{ rows: Row[], packages: Package[], arrows: Arrow[] }} map
 * @returns {string[]} failures
 */
export const checkManifests = ({ rows, packages, arrows }) =>
  packages.flatMap(({ folder, dependencies, devDependencies }) => {
    const starts = rows.find((row) => row.folder === folder)?.starts ?? [];
    const imported = importedBy(arrows, folder, { tests: false });
    const needed = new Set(isUnshipped(folder) ? [] : [...imported, ...starts]);
    const tested = [...imported, ...importedBy(arrows, folder, { tests: true })].filter((name) => !needed.has(name));
    return [
      ...differences(`${folder}/package.json`, 'dependencies', dependencies, [...needed]),
      ...differences(`${folder}/package.json`, 'devDependencies', devDependencies, tested),
    ];
  });

/**
 * @param {string} file
 * @param {string} key
 * @param {string[]} actual
 * @param {string[]} needed
 */
const differences = (file, key, actual, needed) => [
  ...needed.filter((name) => !actual.includes(name)).map((name) => `${file}: add @keycourier/${name} to ${key}`),
  ...actual.filter((name) => !needed.includes(name)).map((name) => `${file}: take @keycourier/${name} out of ${key}`),
];

/**
 * No package leads back to itself, by its code or its tests, and no product file by its imports or its types.
 * @param {{ packages: Package[], arrows: Arrow[], sources: Source[] }} map
 * @returns {string[]} failures
 */
export function checkCycles({ packages, arrows, sources }) {
  const graph = new Map(
    packages.map(({ folder }) => [
      basename(folder),
      new Set(arrows.filter(({ from }) => from === folder).map(({ to }) => to)),
    ]),
  );
  const product = sources.filter(({ path }) => isProduct(path));
  return [
    ...findCycles(graph).map((names) => `packages import each other, break the cycle: ${names.join(' ↔ ')}`),
    ...cyclesOf(product, { types: true }).map((files) => `files import each other, break the cycle: ${files}`),
  ];
}

/**
 * What a package starts is an app, and its code names it.
 * @param {Row[]} rows
 * @param {Source[]} sources
 * @returns {string[]} failures
 */
export const checkStarts = (rows, sources) =>
  rows.flatMap(({ folder, starts }) => {
    const own = sources.filter(({ path }) => packageOf(path) === folder && !isTest(path));
    const literals = new Set(
      own.flatMap((source) => [...nodesOf(source)].map(({ type, value }) => type === 'Literal' && value)),
    );
    return starts
      .filter((name) => !literals.has(name))
      .map((name) => `ARCHITECTURE.md: ${folder} does not start ${name}, take it out of its row`);
  });

/**
 * A package is entered by its name, and nothing but tests enters what is there for tests.
 * @param {Source[]} sources
 * @returns {string[]} failures
 */
export const checkReaches = (sources) =>
  sources.flatMap((source) =>
    importsOf(source).flatMap(({ specifier, line }) => {
      const target = targetOf(source.path, specifier);
      if (target === undefined) return [];
      const where = `${source.path}:${line}`;
      if (specifier.startsWith('.') && packageOf(target) !== packageOf(source.path)) {
        return [`${where} reaches out of its package: import it by its name, not as ${specifier}`];
      }
      const isForTests = isTest(`${target}.ts`) && isProduct(source.path);
      return isForTests ? [`${where} imports ${specifier}: move what it needs out of the tests`] : [];
    }),
  );

/** What is run, not imported: the processes, their threads, and commands that a package.json or an image starts. */
const entryFiles = /\/main\.ts$|-thread\.ts$|^apps\/(?:api\/src\/create-key|local\/src\/demo)\.ts$/;

/**
 * Product code imports each product file. knip cannot tell: to it, `exports` of `./*` make every file an entry.
 * @param {Source[]} sources
 * @returns {string[]} failures
 */
export function checkUnused(sources) {
  const product = sources.filter(({ path }) => isProduct(path));
  const importers = sources.filter(({ path }) => isProduct(path) || isUnshipped(path));
  const imported = new Set(
    importers.flatMap((source) => importsOf(source).map(({ specifier }) => targetOf(source.path, specifier))),
  );
  return product
    .filter(({ path }) => !entryFiles.test(path) && !imported.has(withoutExtension(path)))
    .map(({ path }) => `${path} is imported by no product code, delete it`);
}

/**
 * A stage of the journey imports what all stages share, never another stage.
 * @param {Source[]} sources
 * @returns {string[]} failures
 */
export const checkStages = (sources) =>
  sources
    .filter(({ path }) => isProduct(path))
    .flatMap((source) => {
      const stage = stageOf(source.path);
      if (stage === undefined) return [];
      return importsOf(source).flatMap(({ specifier, line }) => {
        const folder = targetOf(source.path, specifier)?.match(/^packages\/journey\/src\/(?:([^/]+)\/)?/);
        if (!folder || [stage, 'model', 'ports', 'steps', 'profile', 'hub'].includes(folder[1] ?? '')) return [];
        return [
          `${source.path}:${line} imports ${specifier}: a stage imports itself, model, ports, steps, profile and hub`,
        ];
      });
    });

/** @param {string} path */
const stageOf = (path) => /^packages\/journey\/src\/(\d-[^/]+)\//.exec(path)?.[1];
