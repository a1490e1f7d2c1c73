const { existsSync } = require('node:fs');

// The last one, because the clone itself may be below a folder of that name.
const output = /([/\\])dist(?=[/\\](?!.*[/\\]dist[/\\]))/;

/** Jest's filter, which must be CommonJS. tsc leaves tests in dist/ whose sources were deleted. */
module.exports = async (paths) => ({
  filtered: paths.filter((path) => existsSync(path.replace(output, '$1src').replace(/\.js$/, '.ts'))),
});
