/** Ids of ours look so. Another text names nothing, and need not be one that Postgres can compare with: it has no U+0000. */
const id = /^[\w-]{1,100}$/;

export const isId = (text: string): boolean => id.test(text);
