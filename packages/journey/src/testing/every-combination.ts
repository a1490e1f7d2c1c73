import { arrows, type PlanState } from '../model/plan.ts';
import { initialPlan } from './samples.ts';

/** Every combination of states and flags, also the unreachable ones: over three million. */
export function* everyCombination(): Generator<PlanState> {
  const flags = [...everyFlag()];
  for (const order of keysOf(arrows.order))
    for (const parcel of keysOf(arrows.parcel))
      for (const credential of keysOf(arrows.credential))
        for (const pin of keysOf(arrows.pin))
          for (const flag of flags) yield { ...initialPlan, ...flag, order, parcel, credential, pin };
}

const releases = ['on_activation', 'on_delivery', 'on_receipt'] as const;
/** One request at a time: combinations of them add no case. */
const cancelRequests: readonly Partial<PlanState>[] = [
  {},
  { cancelRequested: true },
  { revokeRequested: true },
  { editRequested: true },
];

/** Every combination of what is not the state of a facet. */
export function* everyFlag(): Generator<Partial<PlanState>> {
  for (const release of releases)
    for (const cancelRequest of cancelRequests)
      for (let bits = 0; bits < 2 ** 7; bits += 1) {
        const flag = (bit: number): boolean => Math.floor(bits / 2 ** bit) % 2 === 1;
        yield {
          release,
          ...cancelRequest,
          held: flag(0),
          profileChecked: flag(1),
          inSlot: flag(2),
          programmed: flag(3),
          releaseOverridden: flag(4),
          receiptConfirmed: flag(5),
          dryRun: flag(6),
        };
      }
}

export function keysOf<Key extends string>(rows: Readonly<Record<Key, unknown>>): Key[] {
  return Object.keys(rows).filter((key): key is Key => Object.hasOwn(rows, key));
}
