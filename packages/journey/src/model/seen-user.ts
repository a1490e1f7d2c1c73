import type { SourcedProfile } from './profile.ts';
import type { UserStatus } from './user-status.ts';

/** What Okta answered about a user to an earlier step of the same run, for the steps that follow it at once. */
export interface SeenUser {
  user: { id: string; login: string; status: UserStatus; profile: SourcedProfile };
  /** When it was asked. */
  at: Date;
}

/** An answer that is older is asked for again. */
const freshForMs = 5_000;

export const isFresh = ({ at }: SeenUser, now: Date): boolean => now.getTime() - at.getTime() <= freshForMs;
