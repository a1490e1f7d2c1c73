import type { LinkWait } from '@keycourier/ledger/hub/hub-health';
import type { MirrorCounts } from '@keycourier/ledger/hub/list-mirrors';
import { z } from 'zod';

import { problem } from './hub-people-schema.ts';

const time = z.iso.datetime();

const count = (what: string) => z.int().meta({ description: `People who are ${what}` });

export const linkWaits = ['credentials_refused', 'no_answer'] as const;

export const hubPeopleState = z
  .strictObject({
    states: z
      .strictObject({
        new: count('not in the hub yet'),
        creating: count('about to be created'),
        waking: count('about to be activated'),
        linked: count('in the hub'),
        left: count('deactivated in the hub'),
      })
      .meta({ description: 'People by how far they are pushed' }),
    due: z.int().meta({ description: 'People who are about to be pushed' }),
    dueSince: time.nullable().meta({ description: 'Since when the first of them is' }),
    waiting: z
      .strictObject({
        reason: z.enum(linkWaits).meta({ description: 'What an org of the link does' }),
        since: time.meta({ description: 'When it was seen first' }),
      })
      .nullable()
      .meta({ description: 'Why nothing is pushed; it goes on by itself. Null: it is pushed' }),
    drift: z.int().meta({ description: 'People whose users in the two orgs differ' }),
    problems: z
      .array(z.strictObject({ problem, people: z.int().meta({ description: 'How many have it' }) }))
      .meta({ description: 'Why others are not' }),
  })
  .meta({ id: 'HubPeopleState' });

export const toPeopleState = (
  { states, due, drift, problems }: MirrorCounts,
  { dueSince, waitsFor }: LinkWait,
): z.input<typeof hubPeopleState> => ({
  states,
  due,
  dueSince: dueSince?.toISOString() ?? null,
  waiting:
    waitsFor === null
      ? null
      : { reason: waitsFor.isRefused ? 'credentials_refused' : 'no_answer', since: waitsFor.since.toISOString() },
  drift,
  problems: problems.map(({ code, people }) => ({ problem: code, people })),
});
