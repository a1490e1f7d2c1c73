import type { Context } from '../ports/context.ts';
import { done, type Outcome } from '../steps/outcome.ts';
import { membersEvent } from './directory-event.ts';
import { ignored } from './verdicts.ts';

/**
 * Records an event for each of the many memberships that one write has made or ended; the event itself asks for nothing. A
 * step of its own: a worker that does not know such events leaves them to one that does.
 */
export async function expandMembers({ ledger, directory }: Context, eventId: string): Promise<Outcome> {
  const event = await ledger.readEvent(eventId);
  if (event === null || event.state !== 'received') return done('already decided');
  const parsed = membersEvent.safeParse(event.body);
  if (parsed.success) await directory.recordMembers(event.tenant, parsed.data);
  const reason = parsed.success ? 'an event for each of the members was recorded' : 'the event cannot be read';
  await ledger.recordVerdict(eventId, ignored(reason));
  return done(`ignored: ${reason}`);
}
