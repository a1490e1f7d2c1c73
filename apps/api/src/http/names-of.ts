/** The keys of a table, as its type names them. */
export const namesOf = <Name extends string>(table: Readonly<Record<Name, unknown>>): Name[] =>
  Object.keys(table).filter((name): name is Name => Object.hasOwn(table, name));
