import type { App } from '../fuzz/input.ts';

/** What one request may have, and a request that has one more. */
export interface LimitCase {
  what: string;
  limit: number;
  app: App;
  method: 'GET' | 'POST' | 'PATCH';
  path: string;
  headers: Readonly<Record<string, string>>;
  body: string | Buffer | null;
  /** The status of the answer, and a part of it. */
  expected: readonly [status: number, text: string];
}
