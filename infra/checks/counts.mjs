import { allowed, count, limits, passedLimits } from './count-sources.mjs';
import { report } from './report.mjs';
import { isProduct, listFiles, readSource } from './sources.mjs';

/** @type {Record<string, { min?: number, max: number } | undefined>} */
const limitOf = limits;

const paths = listFiles().filter(isProduct);
const counts = count(paths.map((path) => readSource(path)));

console.log('| product code | now | limit |\n|---|--:|--:|');
for (const [name, { value }] of Object.entries(counts)) {
  const limit = limitOf[name];
  console.log(`| ${name} | ${value} | ${limit === undefined ? '' : allowed(limit)} |`);
}
report(passedLimits(counts));
