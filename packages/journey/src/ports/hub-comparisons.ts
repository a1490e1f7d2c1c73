import type { HubAttempt } from './hub.ts';

/** What a run reads both sides of a link for, and the step that reads its pages. */
export const comparisonSteps = { people: 'compare-page' } as const;

export type ComparisonKind = keyof typeof comparisonSteps;

export type ComparisonStepName = (typeof comparisonSteps)[ComparisonKind];

/** Where a run is that goes on: the side that it reads, and then those who have no user in the hub. */
export const comparisonPhases = ['pending', 'spoke', 'hub', 'unmatched'] as const;

export type ComparisonPhase = (typeof comparisonPhases)[number];

/** How many, by a code of the kind's own. */
export type ComparisonCounts = Readonly<Record<string, number>>;

/** One attempt at a page of a run: no other one of the run goes on while it has the lease. */
export interface ComparisonAttempt extends HubAttempt {
  kind: ComparisonKind;
  /** It reports, and makes nothing due. */
  isDryRun: boolean;
  phase: ComparisonPhase;
  /** The next page of the phase; null for its first. What it says is the step's own. */
  cursor: string | null;
  /** Of the settings when it began; null before its first page. */
  settingsRevision: string | null;
  counts: ComparisonCounts;
}

/** Where a run goes on after a page. */
export type ComparisonNext = Pick<ComparisonAttempt, 'phase' | 'cursor' | 'settingsRevision'>;

export type ComparisonEnd =
  | { state: 'ended' }
  /** A code of why. */
  | { state: 'failed'; problem: string }
  /** It would change this share of the people who are linked; a person decides. */
  | { state: 'held'; share: number };
