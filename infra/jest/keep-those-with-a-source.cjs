const { existsSync } = require('node:fs');

/** Jest's filter, which it can load as CommonJS alone: the compiler leaves the tests in dist/ whose sources are gone. */
module.exports = async (paths) => ({
  filtered: paths.filter((path) => existsSync(path.replace('/dist/', '/src/').replace(/\.js$/, '.ts'))),
});
