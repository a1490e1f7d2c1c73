import { answerOnce } from '@keycourier/http/answer-once';
import { json } from '@keycourier/http/contract';
import { bodyRoute, noQuery } from '@keycourier/http/parse-request';
import { createGroup } from '@keycourier/ledger/directory/groups/create-group';
import { z } from 'zod';

import { actsOf } from '../audit/acts-of.ts';
import type { Endpoint } from '../endpoint.ts';
import { scopeOf } from '../people/by-hand.ts';
import { refuseWrite } from '../people/refuse-write.ts';
import { displayName, group, groupExample, memberIds, readGroup } from './group-schema.ts';

const body = z.strictObject({ displayName, members: memberIds.default([]) });

export const addGroup: Endpoint = {
  contract: {
    name: 'addGroup',
    locatedAt: '/v1/groups',
    summary: 'Enter a group by hand',
    description:
      'With people of the directory as members. Where the tenant’s `groups` name it, each member gets a key, as for the group that a client pushes.',
    body: { isRequired: true, content: json(body, { displayName: 'Security keys' }) },
    isOnce: true,
    answers: { 201: { description: 'The group', content: json(group, groupExample) } },
    refusals: ['group_name_taken', 'owned_by_client'],
  },
  handler: bodyRoute({ query: noQuery, body }, async (context, caller, request) => {
    const { ledger, logger } = context;
    const { tenant, apiKey } = caller;
    const acts = actsOf(context, caller, request);
    const once = { apiKeyId: apiKey.id, idempotencyKey: request.idempotencyKey, route: 'POST /v1/groups' };
    const answer = await answerOnce(ledger, { ...once, body: request.body }, async (tx) => {
      const created = await createGroup(scopeOf(ledger, tx, tenant), { ...request.body, externalId: null });
      if (created.outcome === 'refused') return refuseWrite(created);
      logger.info({ groupId: created.id, by: apiKey.id }, 'group entered by hand');
      await acts.record(tx, { action: 'group.added', subject: { kind: 'group', id: created.id } });
      return { status: 201, body: await readGroup({ db: tx }, tenant.name, created.id) };
    });
    acts.committed();
    ledger.notifier.notify();
    return answer;
  }),
};
