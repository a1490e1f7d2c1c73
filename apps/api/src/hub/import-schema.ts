import { importActions, importProblems } from '@keycourier/journey/hub/import-changes';
import type { ImportCount, ImportedRow } from '@keycourier/ledger/hub/import-people';
import type { Comparison } from '@keycourier/ledger/hub/list-comparisons';
import { sourcingTimes, type Sourcing, type SourcingChanges } from '@keycourier/ledger/hub/sourcing';
import { comparisonStates } from '@keycourier/ledger/hub/tables';
import { z } from 'zod';

import { refuse } from '../problems.ts';

const time = z.iso.datetime();

export const isSource = refuse(
  'hub_is_source',
  'The hub is the source of the tenant’s people: nothing is pushed there. PATCH /v1/hub/settings switches sourcing off.',
);

export const bothWays = refuse(
  'hub_is_source',
  'A link either pushes people and groups to the hub, or has the hub as their source. Switch create, update, deactivate and reactivate off and end the pushes of groups; or switch sourcing off.',
);

export const sourcing = z
  .strictObject({
    enabled: z
      .boolean()
      .meta({ description: 'Whether the hub is the source of the tenant’s people. Nothing is pushed there then' }),
    create: z
      .boolean()
      .meta({ description: 'Create those whom the tenant’s org does not have; else they are reported' }),
    deactivate: z.boolean().meta({
      description: 'Deactivate whom the hub deactivated or deleted, as Okta does by default; no one is deleted',
    }),
    reactivate: z.boolean().meta({ description: 'Activate those again who come back, if an import deactivated them' }),
    maxShare: z
      .number()
      .min(0)
      .max(1)
      .meta({ description: 'An import that would change a larger share of the linked people is held for an operator' }),
    everySeconds: z
      .int()
      .min(sourcingTimes.minEveryMs / 1_000)
      .max(sourcingTimes.maxEveryMs / 1_000)
      .nullable()
      .meta({
        description: 'How often whom the hub changed is imported; everyone is read once a day. Null: on demand alone',
      }),
  })
  .meta({ description: 'Profile sourcing, from the hub to the tenant’s org' });

/** The share is stored with the precision of a real. */
export const toSourcing = ({ isOn: enabled, everyMs, maxShare, ...what }: Sourcing): z.input<typeof sourcing> => ({
  enabled,
  ...what,
  maxShare: Number(maxShare.toFixed(4)),
  everySeconds: everyMs === null ? null : everyMs / 1_000,
});

const changedSourcing = sourcing.partial();

export function changesOfSourcing(changes: z.output<typeof changedSourcing> | undefined): SourcingChanges {
  if (changes === undefined) return undefined;
  const { enabled: isOn, everySeconds, ...what } = changes;
  const everyMs = everySeconds === undefined || everySeconds === null ? everySeconds : everySeconds * 1_000;
  return { ...what, isOn, everyMs };
}

export const sourcingExample: z.input<typeof sourcing> = {
  enabled: false,
  create: false,
  deactivate: true,
  reactivate: false,
  maxShare: 0.2,
  everySeconds: 3_600,
};

export const newImport = z
  .strictObject({
    dryRun: z.boolean().meta({ description: 'Say what an import would change, and write nothing' }),
    full: z.boolean().meta({ description: 'Read everyone, and not only those who changed since the last import' }),
  })
  .partial();

const action = z.enum(importActions).exclude(['none']);
const people = z.int();

const importCount = z.strictObject({
  action: action.meta({ description: 'What it does with them in the tenant’s org' }),
  people: people.meta({ description: 'How many it found' }),
  written: people.meta({ description: 'How many of them are done' }),
  refused: people.meta({ description: 'How many of them have a `problem`' }),
});

const count = people.nullable();

export const importRun = z
  .strictObject({
    id: z.string(),
    state: z.enum(comparisonStates).meta({ description: 'How far it is' }),
    dryRun: z.boolean().meta({ description: 'It writes nothing' }),
    people: people.meta({ description: 'Users of the hub that it has read' }),
    linked: count.meta({ description: 'People of both orgs; null until all is read' }),
    changed: count.meta({ description: 'Those of them whom it changes; null until all is read' }),
    share: z.number().nullable().meta({ description: 'Their share, of one that was held' }),
    actions: z.array(importCount).meta({ description: 'What it found that is not as it should be' }),
    problem: z.string().nullable().meta({ description: 'Why it failed' }),
    requestedBy: z.string().meta({ description: 'The API key, or `schedule`' }),
    requestedAt: time.meta({ description: 'When it was requested' }),
    startedAt: time.nullable().meta({ description: 'When a worker began with it' }),
    endedAt: time.nullable().meta({ description: 'When it ended' }),
  })
  .meta({ id: 'HubImport' });

export const toImport = (
  { id, state, isDryRun, counts, heldShare, ...rest }: Comparison,
  actions: readonly ImportCount[],
): z.input<typeof importRun> => ({
  id,
  state,
  dryRun: isDryRun,
  people: counts['people'] ?? 0,
  linked: counts['linked'] ?? null,
  changed: counts['changed'] ?? null,
  share: heldShare === null ? null : Number(heldShare.toFixed(4)),
  actions: actions.flatMap(({ action: name, ...numbers }) => (name === 'none' ? [] : [{ action: name, ...numbers }])),
  problem: rest.problem,
  requestedBy: rest.requestedBy,
  requestedAt: rest.requestedAt.toISOString(),
  startedAt: rest.startedAt?.toISOString() ?? null,
  endedAt: rest.endedAt?.toISOString() ?? null,
});

export const importExample: z.input<typeof importRun> = {
  id: 'cmp_01kb3q8x6h2m4n6p8r0s2t4v6w',
  state: 'held',
  dryRun: false,
  people: 5,
  linked: 5,
  changed: 2,
  share: 0.4,
  actions: [{ action: 'update', people: 2, written: 0, refused: 0 }],
  problem: null,
  requestedBy: 'schedule',
  requestedAt: '2026-11-30T09:05:00.000Z',
  startedAt: '2026-11-30T09:05:01.000Z',
  endedAt: null,
};

export const importedPerson = z
  .strictObject({
    hubUserId: z.string().meta({ description: 'Their id in the hub' }),
    userId: z.string().nullable().meta({ description: 'Their id in the tenant’s org; null where it has no such user' }),
    action: action.meta({ description: 'What is done in the tenant’s org' }),
    fields: z
      .array(z.string())
      .meta({ description: 'Names of the attributes that differ, or were refused; no values' }),
    problem: z.enum(importProblems).nullable().meta({ description: 'Why it is not done' }),
    writtenAt: time.nullable().meta({ description: 'When it was done or refused; null in a dry run, and before' }),
  })
  .meta({ id: 'ImportedPerson' });

export const toImportedPerson = ({ action: name, fields, writtenAt, ...rest }: ImportedRow): unknown => ({
  ...rest,
  action: name,
  fields: [...fields],
  writtenAt: writtenAt?.toISOString() ?? null,
});

export const importedExample: z.input<typeof importedPerson> = {
  hubUserId: '00u2example',
  userId: '00u1example',
  action: 'update',
  fields: ['city'],
  problem: null,
  writtenAt: null,
};

export const importedAction = action;
