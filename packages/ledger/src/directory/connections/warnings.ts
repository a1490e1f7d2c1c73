import { judgeExpiry } from '@keycourier/journey/model/expiring';

import type { Connection } from './connection.ts';
import type { RecentCounts } from './counts.ts';
import type { ListedToken } from './tokens.ts';

export const warningCodes = [
  'no_requests',
  'no_live_token',
  'token_expires',
  'read_all_first',
  'many_failures',
] as const;

export interface ConnectionWarning {
  code: (typeof warningCodes)[number];
  message: string;
}

export interface ConnectionFacts {
  connection: Connection;
  tokens: readonly ListedToken[];
  counts: RecentCounts;
}

const dayMs = 86_400_000;
const quietDays = 7;

/** What an administrator should look at. A revoked connection has none. */
export function warningsAbout(facts: ConnectionFacts, now: Date): ConnectionWarning[] {
  if (facts.connection.revokedAt !== null) return [];
  return [...aboutTokens(facts, now), ...aboutOptions(facts), ...aboutRequests(facts, now)];
}

export const isLive = ({ revokedAt, expiresAt }: ListedToken, now: Date): boolean =>
  revokedAt === null && (expiresAt === null || expiresAt > now);

function aboutTokens({ tokens }: ConnectionFacts, now: Date): ConnectionWarning[] {
  const live = tokens.filter((token) => isLive(token, now));
  if (live.length === 0)
    return [{ code: 'no_live_token', message: 'No token of this connection is live: its client is refused.' }];
  const ends = live.flatMap(({ expiresAt }) => (expiresAt === null ? [] : [expiresAt]));
  const last = new Date(Math.max(...ends.map((end) => end.getTime())));
  const endsSoon = judgeExpiry({ kind: 'scim_token', expiresAt: last }, now).state === 'ends_soon';
  if (ends.length < live.length || !endsSoon) return [];
  const day = last.toISOString().slice(0, 10);
  const message = `Its last token expires on ${day}: create another one, enter it in the client, then revoke this one.`;
  return [{ code: 'token_expires', message }];
}

function aboutOptions({ connection }: ConnectionFacts): ConnectionWarning[] {
  if (!connection.readAll || connection.includeManual) return [];
  const message =
    '"Read all users" is on without "include manually provisioned users": people entered by hand that the client has too may never be taken over. Switch the latter on first, check that they were claimed, then this one.';
  return [{ code: 'read_all_first', message }];
}

function aboutRequests({ connection, counts }: ConnectionFacts, now: Date): ConnectionWarning[] {
  const since = connection.lastRequestAt ?? connection.createdAt;
  if (now.getTime() - since.getTime() > quietDays * dayMs) {
    const what = connection.lastRequestAt === null ? 'No request has ever come' : 'No request has come';
    const message = `${what} since ${since.toISOString().slice(0, 10)}: is provisioning on in the client, with this base URL and token?`;
    return [{ code: 'no_requests', message }];
  }
  const { requests, refused, failed } = counts.last7Days;
  if (refused + failed < 20 || (refused + failed) * 10 < requests) return [];
  const message = `${refused + failed} of ${requests} requests of the last 7 days failed: see the last errors.`;
  return [{ code: 'many_failures', message }];
}
