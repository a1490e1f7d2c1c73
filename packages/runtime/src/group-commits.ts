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
  /** Only items of the same kind are written together; all are by default. */
  kindOf?: (item: Item) => string;
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
  kind: string;
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
 * Group commit: what comes while nothing of its lane, a tenant's, is being written is written at once, and what comes meanwhile
 * follows together, in one statement. The items of a group that failed by what it holds are written again one by one, so that
 * a bad one fails alone; they wait anew, since the group's failure took their time.
 */
export function createGroupCommits<Item, Result>(
  settings: GroupSettings<Item, Result>,
): (lane: string, item: Item) => Promise<Result> {
  const lanes = new Map<string, Lane<Item, Result>>();
  return (name, item) =>
    new Promise((resolve, reject) => {
      const lane = lanes.get(name) ?? { name, waiting: [], underWay: 0, timer: undefined };
      lanes.set(name, lane);
      const [kind, size] = [settings.kindOf?.(item) ?? '', settings.sizeOf(item, name)];
      lane.waiting.push({ item, kind, size, isAlone: false, sinceMs: performance.now(), resolve, reject });
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
  return waiting.reduce((size, { kind, size: more }) => size + (kind === first.kind ? more : 0), 0) >= 1;
}

async function writeGroup<Item, Result>(
  lane: Lane<Item, Result>,
  settings: GroupSettings<Item, Result>,
): Promise<void> {
  const group = takeGroup(lane, settings);
  if (group.length === 0) return;
  lane.underWay += 1;
  const again = await commitGroup(lane.name, group, settings);
  lane.waiting.unshift(...again);
  lane.underWay -= 1;
  writeNext(lane, settings);
}

/** The first that waits, and those of its kind for which the group has space. */
function takeGroup<Item, Result>(
  lane: Lane<Item, Result>,
  { maxWaitMs }: GroupSettings<Item, Result>,
): Waiting<Item, Result>[] {
  const isLate = ({ sinceMs }: Waiting<Item, Result>): boolean => performance.now() - sinceMs > maxWaitMs;
  const inTime: Waiting<Item, Result>[] = [];
  for (const one of lane.waiting) {
    if (isLate(one)) one.reject(new LateError());
    else inTime.push(one);
  }
  const group: Waiting<Item, Result>[] = [];
  const left: Waiting<Item, Result>[] = [];
  let size = 0;
  let isFull = false;
  for (const one of inTime) {
    const [first = one] = group;
    if (first.kind === one.kind) isFull ||= group.length > 0 && (size + one.size > 1 || one.isAlone || first.isAlone);
    if (isFull || first.kind !== one.kind) left.push(one);
    else {
      group.push(one);
      size += one.size;
    }
  }
  lane.waiting = left;
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
    if (group.length > 1 && mayPartSucceed(error)) return toWriteAlone(group);
    for (const { reject } of group) reject(error);
    return [];
  }
}

const toWriteAlone = <Item, Result>(group: readonly Waiting<Item, Result>[]): Waiting<Item, Result>[] =>
  group.map((one) => ({ ...one, isAlone: true, sinceMs: performance.now() }));
