/**
 * The table of packages in ARCHITECTURE.md, which draws the allowed imports:
 *
 *     ## Packages
 *
 *     | package | what it is | may import |
 *     |---|---|---|
 *     | `packages/journey` | what happens to a shipment | nothing |
 *     | `apps/local` | everything on one machine | journey, ledger; starts api, worker |
 *
 * @typedef {{ folder: string, imports: string[], starts: string[] }} Row what a package starts is a process, not an import
 */

const header = '| package | what it is | may import |';
const rowPattern = /^\| `([^`|]+)` \| ([^|]+) \| ([^|]+) \|$/;
const namesPattern = /^[a-z-]+(?:, [a-z-]+)*$/;

/**
 * @param {string} markdown
 * @returns {{ rows: Row[], failures: string[] }}
 */
export function readPackagesTable(markdown) {
  const section = /^## Packages\n(.*?)(?=^#{1,2} |$(?![^]))/ms.exec(markdown)?.[1] ?? '';
  const [first, rule, ...rest] = section.split('\n').filter((line) => line.startsWith('|'));
  if (first !== header || !/^\|(?:-+\|){3}$/.test(rule ?? '')) {
    return {
      rows: [],
      failures: [`ARCHITECTURE.md: under "## Packages" begin a table with ${header} and |---|---|---|`],
    };
  }
  const read = rest.map(readRow);
  return {
    rows: read.flatMap(({ row }) => row ?? []),
    failures: read.flatMap(({ failure }) => failure ?? []),
  };
}

/**
 * @param {string} line
 * @returns {{ row?: Row, failure?: string }}
 */
function readRow(line) {
  const [, folder, , cell] = rowPattern.exec(line) ?? [];
  if (folder === undefined || cell === undefined) {
    return {
      failure: `ARCHITECTURE.md: write the row as | \`packages/name\` | what it is | may import |, not ${line}`,
    };
  }
  const names = readCell(cell);
  return names === undefined
    ? { failure: `ARCHITECTURE.md: ${folder} may import "nothing", or "a, b", or "a, b; starts c", not "${cell}"` }
    : { row: { folder, ...names } };
}

/**
 * @param {string} cell
 * @returns {{ imports: string[], starts: string[] } | undefined}
 */
function readCell(cell) {
  const [imports, starts, ...rest] = cell.split('; starts ');
  if (imports === undefined || rest.length > 0) return undefined;
  const lists = [imports === 'nothing' ? undefined : imports, starts];
  if (lists.some((list) => list !== undefined && !namesPattern.test(list))) return undefined;
  const [imported, started] = lists.map((list) => list?.split(', ') ?? []);
  return { imports: imported ?? [], starts: started ?? [] };
}

/**
 * @param {string[]} imports
 * @param {string[]} [starts]
 * @returns {string} the cell that says so
 */
export function writeCell(imports, starts = []) {
  const list = imports.length === 0 ? 'nothing' : imports.toSorted().join(', ');
  return starts.length === 0 ? list : `${list}; starts ${starts.toSorted().join(', ')}`;
}
