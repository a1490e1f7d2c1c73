/** What is compared in a round, by name. */
type Measures<Name extends string, Figures> = Readonly<Record<Name, () => Promise<Figures>>>;

/**
 * Runs each measure once a round, in the opposite order every other round: what changes slowly on the machine changes
 * all of them alike.
 * @returns the figures of each, one a round
 */
export async function alternate<Name extends string, Figures>(
  rounds: number,
  measures: Measures<Name, Figures>,
): Promise<Map<Name, Figures[]>> {
  const names = namesOf(measures);
  const figures = new Map(names.map((name): [Name, Figures[]] => [name, []]));
  for (let round = 0; round < rounds; round += 1)
    for (const name of round % 2 === 0 ? names : names.toReversed()) figures.get(name)?.push(await measures[name]());
  return figures;
}

const isNameOf = <Name extends string>(measures: Readonly<Record<Name, unknown>>, name: string): name is Name =>
  name in measures;

const namesOf = <Name extends string>(measures: Readonly<Record<Name, unknown>>): Name[] =>
  Object.keys(measures).filter((name): name is Name => isNameOf(measures, name));
