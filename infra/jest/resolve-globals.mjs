/** A Node module hook: the real `@jest/globals` throws outside of Jest's own runner. */
export const resolve = (specifier, context, nextResolve) =>
  specifier === '@jest/globals'
    ? { url: new URL('globals.mjs', import.meta.url).href, shortCircuit: true }
    : nextResolve(specifier, context);
