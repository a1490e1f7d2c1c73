const { existsSync } = require('node:fs');

// The last one: the clone itself may lie below a folder of that name.
const output = /([/\\])dist(?=[/\\](?!.*[/\\]dist[/\\]))/;

/** Jest's filter, which it can load as CommonJS alone: the compiler leaves the tests in dist/ whose sources are gone. */
module.exports = async (paths) => ({
  filtered: paths.filter((path) => existsSync(path.replace(output, '$1src').replace(/\.js$/, '.ts'))),
});
