import {
  checkCycles,
  checkManifests,
  checkReaches,
  checkRows,
  checkStages,
  checkStarts,
  checkUnused,
  findArrows,
  importedBy,
} from './package-rules.mjs';
import { readPackagesTable, writeCell } from './packages-table.mjs';
import { report } from './report.mjs';
import { listFiles, readSource, readText } from './sources.mjs';

const paths = listFiles().filter((path) => /^(apps|packages)\//.test(path));

const packages = paths
  .filter((path) => /^[^/]+\/[^/]+\/package\.json$/.test(path))
  .map((path) => {
    const { dependencies, devDependencies } = JSON.parse(readText(path));
    return {
      folder: path.replace('/package.json', ''),
      dependencies: ours(dependencies),
      devDependencies: ours(devDependencies),
    };
  });

/** @param {Record<string, string> | undefined} dependencies */
function ours(dependencies = {}) {
  const names = Object.keys(dependencies).filter((name) => name.startsWith('@keycourier/'));
  return names.map((name) => name.replace('@keycourier/', ''));
}

const sources = paths.filter((path) => /\.(ts|tsx|mts|mjs)$/.test(path)).map((path) => readSource(path));
const arrows = findArrows(sources);
const { rows, failures } = readPackagesTable(readText('ARCHITECTURE.md'));

console.log('| package | imports | its tests also import |\n|---|---|---|');
for (const { folder } of packages) {
  const starts = rows.find((row) => row.folder === folder)?.starts;
  const imports = writeCell(importedBy(arrows, folder, { tests: false }), starts);
  const tests = importedBy(arrows, folder, { tests: true });
  console.log(`| \`${folder}\` | ${imports} | ${tests.join(', ')} |`);
}
report([
  ...failures,
  ...checkRows({ rows, packages, arrows }),
  ...checkManifests({ rows, packages, arrows }),
  ...checkStarts(rows, sources),
  ...checkReaches(sources),
  ...checkCycles({ packages, arrows, sources }),
  ...checkStages(sources),
  ...checkUnused(sources),
]);
