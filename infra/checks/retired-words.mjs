import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { createFinder } from './find-words.mjs';
import { report } from './report.mjs';
import { listFiles, readText } from './sources.mjs';

/** @typedef {import('./find-words.mjs').Hit} Hit */

/** @type {import('./find-words.mjs').Entry[]} */
const entries = JSON.parse(readFileSync(new URL('retired-words.json', import.meta.url), 'utf8'));
const find = createFinder(entries);

/** What has to name old names, what others wrote, and what is no text. */
const excluded =
  /^(?:CHANGELOG\.md|LICENSE.*|package-lock\.json|infra\/checks\/retired-words.*|packages\/ledger\/migrations\/000[123].*)$|\.(?:gz|png|ico|woff2?)$/;

const options = process.argv.slice(2).filter((argument) => argument.startsWith('--'));
const places = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));

/** `--schema`: the names of tables, columns and indexes on standard input, one a line. Else paths narrow the search. */
const hits = options.includes('--schema')
  ? find('packages/ledger/schema.sql', readFileSync(0, 'utf8'))
  : hitsInTree(listFiles().filter((path) => !excluded.test(path)));

if (options.includes('--summary')) summarize(hits);
else report(hits.map(describe));
if (hits.length > 0) process.exitCode = 1;

/**
 * @param {string[]} paths
 * @returns {Hit[]} what is retired in the files, their names, and the names of their folders
 */
function hitsInTree(paths) {
  const files = paths.filter((path) => places.length === 0 || places.some((place) => path.startsWith(place)));
  const folders = new Set(files.map(dirname).filter((folder) => folder !== '.'));
  const inFolders = [...folders].flatMap((folder) => find(folder, ''));
  const inFiles = files.flatMap((path) => find(path, readText(path)));
  return [...inFolders, ...inFiles].toSorted((one, other) => one.path.localeCompare(other.path));
}

/** @param {Hit} hit */
function describe({ path, line, found, entry }) {
  return `${path}${line === null ? '' : `:${line}`} "${found}": ${entry.instead}`;
}

/** @param {Hit[]} all */
function summarize(all) {
  console.log('| retired | lines | files | instead |\n|---|--:|--:|---|');
  for (const entry of entries) {
    const own = all.filter((hit) => hit.entry === entry);
    const files = new Set(own.map(({ path }) => path)).size;
    const retired = (entry.words ?? entry.names ?? []).join(', ').replaceAll('|', '/');
    console.log(`| ${retired} | ${own.length} | ${files} | ${entry.instead} |`);
  }
  console.log('\n| folder | lines | files |\n|---|--:|--:|');
  for (const [folder, own] of byFolder(all)) {
    console.log(`| ${folder} | ${own.length} | ${new Set(own.map(({ path }) => path)).size} |`);
  }
  console.log(`| all | ${all.length} | ${new Set(all.map(({ path }) => path)).size} |`);
}

/**
 * @param {Hit[]} all
 * @returns {Map<string, Hit[]>}
 */
function byFolder(all) {
  const folders = new Map();
  for (const hit of all) {
    const folder = /^(?:apps|packages)\/[^/]+|^[^/]+/.exec(hit.path)?.[0] ?? '';
    folders.set(folder, [...(folders.get(folder) ?? []), hit]);
  }
  return folders;
}
