/** What was to be written waited too long for its commit; it is not begun any more. */
export class LateError extends Error {
  readonly code = 'too_late';
  readonly level = 'warn';
  override readonly name = 'LateError';
  override readonly message = 'the database did not answer in time';
}

export interface GroupSettings<Item, Result> {
  /** Writes all or none, and returns their results in the same order. */
  commit: (lane: string, items: readonly Item[]) => Promise<readonly Result[]>;
  /** The share of a group that an item takes: a group has 1 at most, or one item. */
  sizeOf: (item: Item, lane: string) => number;
  /** Whether the items of a group that failed may succeed one by one. */
  mayPartSucceed: (error: unknown) => boolean;
  /** Statements of a lane that run at once. */
  maxConcurrent: number;
  /** What waited so long for the statement under way begins another. */
  patienceMs: number;
  /** What waited longer fails with LateError. */
  maxWaitMs: number;
}

interface Waiting<Item, Result> {
  item: Item;
  size: number;
  isAlone: boolean;
  sinceMs: number;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
}

interface Lane<Item, Result> {
  name: string;
  waiting: Waiting<Item, Result>[];
  underWay: number;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Group commit: what comes while nothing of its lane, a tenant's or a connection's, is being written is written at once, and what comes meanwhile follows
 * together, in one statement. The items of a group that failed by what it holds are written again one by one, so that a bad
 * one fails alone.
 */
export function createGroupCommits<Item, Result>(
  settings: GroupSettings<Item, Result>,
): (lane: string, item: Item) => Promise<Result> {
  const lanes = new Map<string, Lane<Item, Result>>();
  return (name, item) =>
    new Promise((resolve, reject) => {
      const lane = lanes.get(name) ?? { name, waiting: [], underWay: 0, timer: undefined };
      lanes.set(name, lane);
      const size = settings.sizeOf(item, name);
      lane.waiting.push({ item, size, isAlone: false, sinceMs: performance.now(), resolve, reject });
      writeNext(lane, settings);
    });
}

function writeNext<Item, Result>(lane: Lane<Item, Result>, settings: GroupSettings<Item, Result>): void {
  while (lane.underWay < settings.maxConcurrent && isDue(lane, settings)) void writeGroup(lane, settings);
  const [first] = lane.waiting;
  if (first === undefined || lane.underWay >= settings.maxConcurrent || lane.timer !== undefined) return;
  const leftMs = first.sinceMs + settings.patienceMs - performance.now();
  lane.timer = setTimeout(() => {
    lane.timer = undefined;
    writeNext(lane, settings);
  }, leftMs);
}

/** Whether the first that waits does not wait for the statement under way. */
function isDue<Item, Result>(
  { waiting, underWay }: Lane<Item, Result>,
  { patienceMs }: GroupSettings<Item, Result>,
): boolean {
  const [first] = waiting;
  if (first === undefined) return false;
  if (underWay === 0 || first.isAlone || performance.now() - first.sinceMs >= patienceMs) return true;
  return waiting.reduce((size, one) => size + one.size, 0) >= 1;
}

async function writeGroup<Item, Result>(
  lane: Lane<Item, Result>,
  settings: GroupSettings<Item, Result>,
): Promise<void> {
  const group = takeGroup(lane, settings);
  if (group.length === 0) return;
  lane.underWay += 1;
  lane.waiting.unshift(...(await commitGroup(lane.name, group, settings)));
  lane.underWay -= 1;
  writeNext(lane, settings);
}

function takeGroup<Item, Result>(
  lane: Lane<Item, Result>,
  { maxWaitMs }: GroupSettings<Item, Result>,
): Waiting<Item, Result>[] {
  const group: Waiting<Item, Result>[] = [];
  let size = 0;
  for (let next = lane.waiting[0]; next !== undefined; next = lane.waiting[0]) {
    const isLate = performance.now() - next.sinceMs > maxWaitMs;
    const isLast = group.length > 0 && (size + next.size > 1 || next.isAlone || group[0]?.isAlone === true);
    if (!isLate && isLast) break;
    lane.waiting.shift();
    if (isLate) next.reject(new LateError());
    else {
      group.push(next);
      size += next.size;
    }
  }
  return group;
}

/** @returns those that are to be written again, each alone */
async function commitGroup<Item, Result>(
  lane: string,
  group: readonly Waiting<Item, Result>[],
  { commit, mayPartSucceed }: GroupSettings<Item, Result>,
): Promise<Waiting<Item, Result>[]> {
  try {
    const results = await commit(
      lane,
      group.map(({ item }) => item),
    );
    for (const [index, result] of results.entries()) group[index]?.resolve(result);
    return [];
  } catch (error) {
    if (group.length > 1 && mayPartSucceed(error)) return group.map((one) => ({ ...one, isAlone: true }));
    for (const { reject } of group) reject(error);
    return [];
  }
}
