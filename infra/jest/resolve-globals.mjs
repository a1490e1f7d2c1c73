/** A hook of Node's: `@jest/globals` itself refuses to be loaded outside of Jest's own runner. */
export const resolve = (specifier, context, nextResolve) =>
  specifier === '@jest/globals'
    ? { url: new URL('globals.mjs', import.meta.url).href, shortCircuit: true }
    : nextResolve(specifier, context);
