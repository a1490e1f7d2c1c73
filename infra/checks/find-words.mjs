import { basename, dirname } from 'node:path';

/**
 * Retired words and what to write instead. `words` are found everywhere, in any case and between the words of a name:
 * "red boats?" in redBoat, red_boats and "Red boats". `names` are found in code alone, as whole identifiers of that
 * very case: "given" in `const given`, not in givenName and not in a comment. All patterns are regular expressions.
 *
 * @typedef {{ words?: string[], names?: string[], instead: string, in?: string, except?: Exception[] }} Entry `in`: the paths that it is about
 * @typedef {{ path?: string, line?: string, why: string }} Exception where the word may stay: both patterns must match
 * @typedef {{ path: string, line: number | null, found: string, entry: Entry }} Hit `line` is null for the path itself
 * @typedef {{ raw: string, words: string, names: string }} Line as it is, as words, and without its prose
 * @typedef {(path: string, line: Line) => string | undefined} Search
 */

/**
 * @param {Entry[]} entries
 * @returns {(path: string, text: string) => Hit[]} finds what is retired in a path and in its text
 */
export function createFinder(entries) {
  const searches = entries.map((entry) => ({ entry, search: compile(entry) }));
  const anyWord = wordPattern(entries.flatMap(({ words }) => words ?? []));
  const anyName = namePattern(entries.flatMap(({ names }) => names ?? []));

  /** @type {(path: string, number: number | null, line: Line) => Hit[]} */
  const hitsIn = (path, number, line) => {
    if (!anyWord.test(line.words) && !anyName.test(line.names)) return [];
    return searches.flatMap(({ entry, search }) => {
      const found = search(path, line);
      return found === undefined ? [] : [{ path, line: number, found, entry }];
    });
  };

  /** @param {string} path its last part alone: what is in a folder does not repeat the folder's name */
  const hitsInName = (path) => {
    const above = hitsIn(path, null, asPath(dirname(path))).map(({ entry }) => entry);
    return hitsIn(path, null, asPath(path)).filter(({ entry }) => !above.includes(entry));
  };

  return (path, text) => {
    const isCode = /\.(?:[mc]?[jt]sx?|sql|ejs)$/.test(path);
    const lines = text.split('\n').map((raw) => ({ raw, words: asWords(raw), names: isCode ? withoutProse(raw) : '' }));
    return [...hitsInName(path), ...lines.flatMap((line, index) => hitsIn(path, index + 1, line))];
  };
}

/**
 * @param {Entry} entry
 * @returns {Search}
 */
function compile({ words, names, in: paths = '', except = [] }) {
  const pattern = words === undefined ? namePattern(names ?? []) : wordPattern(words);
  const isAbout = new RegExp(paths);
  const exceptions = except.map(({ path = '', line = '' }) => ({ path: new RegExp(path), line: new RegExp(line) }));
  return (path, line) => {
    const found = pattern.exec(words === undefined ? line.names : line.words)?.[0];
    if (found === undefined || !isAbout.test(path)) return undefined;
    return exceptions.some((may) => may.path.test(path) && may.line.test(line.raw)) ? undefined : found;
  };
}

/** @param {string[]} words */
const wordPattern = (words) => new RegExp(`(?<![a-z0-9])(?:${words.join('|').replaceAll(' ', '[ _-]+')})(?![a-z0-9])`);

/** @param {string[]} names */
const namePattern = (names) => new RegExp(`(?<![\\w$-])(?:${names.join('|')})(?![\\w$-])`);

/**
 * @param {string} path
 * @returns {Line}
 */
const asPath = (path) => ({ raw: path, words: asWords(path), names: basename(path).replace(/\..*$/, '') });

/** @param {string} line */
const asWords = (line) =>
  line
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase();

/**
 * Comments, and quoted text that has a blank in it; a quoted word may be a name.
 * @param {string} line
 */
const withoutProse = (line) =>
  line
    .replace(/^\s*(?:\/?\*|--).*/, '')
    .replace(/'(?:[^'\\]|\\.)*'/g, (quoted) => (/\s/.test(quoted) ? "''" : quoted))
    .replace(/(?:^|\s)\/\/.*/, '');
