import { refuseOrgUrl } from '@keycourier/config/refusals/urls';
import type { Answer } from '@keycourier/http/answer';
import { json } from '@keycourier/http/contract';
import { bodyRoute, noBody, noQuery, queryRoute } from '@keycourier/http/parse-request';
import type { AuditAction } from '@keycourier/ledger/audit/entry';
import { createHubLink, removeHubLink, setHubClient } from '@keycourier/ledger/hub/links';
import { testOfHub } from '@keycourier/operations/hub/hub-acts';
import { hasCredentials, readHubState, type HubState } from '@keycourier/operations/hub/hub-state';

import { actsOf, type Act } from '../audit/acts-of.ts';
import type { Context } from '../context.ts';
import type { Caller, Endpoint } from '../endpoint.ts';
import { refuse } from '../problems.ts';
import { changedHub, hub, hubExample, newHub, toHub } from './hub-schema.ts';

const hubAnswer = { description: 'The hub, its public key and its last test', content: json(hub, hubExample) };

const read = ({ ledger }: Context, { tenant }: Caller): Promise<HubState> =>
  readHubState(ledger, { tenant: tenant.name, config: tenant.hub });

const show = async (context: Context, caller: Caller): Promise<Answer> => ({
  status: 200,
  body: toHub(await read(context, caller)),
});

const inConfig = refuse('hub_in_config', 'keycourier.yaml names the hub of this tenant. Change it there.');
const noHub = refuse('not_found', 'The tenant has no hub that the API named. POST /v1/hub names one.');

const act = (action: AuditAction, tenant: string): Act => ({ action, subject: { kind: 'hub', id: tenant } });

export const showHub: Endpoint = {
  contract: {
    name: 'showHub',
    summary: 'Show the hub',
    description:
      'The Okta org where the tenant’s people sign in, if that is another one than the org that keeps them, with the last test of its credentials.',
    answers: { 200: hubAnswer },
    refusals: [],
  },
  handler: queryRoute(noQuery, show),
};

export const createHub: Endpoint = {
  contract: {
    name: 'createHub',
    summary: 'Name a hub',
    description:
      'Makes a key pair, whose private half is encrypted and never returned. In the hub, make a service app (API Services) with `publicKey`, grant its scopes and roles (docs/hub.md), and name it with `PATCH /v1/hub`.',
    body: { isRequired: true, content: json(newHub, { orgUrl: hubExample.orgUrl }) },
    answers: {
      201: {
        description: 'The hub with its public key',
        content: json(hub, { ...hubExample, test: null, clientId: null }),
      },
    },
    refusals: ['hub_exists', 'hub_in_config'],
  },
  handler: bodyRoute({ query: noQuery, body: newHub }, async (context, caller, request) => {
    const { tenant, apiKey } = caller;
    if (tenant.hub !== null) return inConfig;
    const { orgUrl } = request.body;
    const why = refuseOrgUrl(orgUrl, { mode: context.mode, own: tenant.orgUrl });
    if (why !== null)
      return refuse('bad_request', why, {
        problems: [{ field: 'orgUrl', code: 'invalid', message: `\`orgUrl\` ${why}` }],
      });
    const wanted = { tenant: tenant.name, orgUrl: new URL(orgUrl).origin, createdBy: apiKey.id };
    const made = await actsOf(context, caller, request).change(
      (ledger) => createHubLink(ledger, wanted),
      (link) => (link === null ? null : act('hub.created', tenant.name)),
    );
    if (made === null) return refuse('hub_exists', 'The tenant has a hub. DELETE /v1/hub ends it, with its key.');
    return { ...(await show(context, caller)), status: 201 };
  }),
};

export const changeHub: Endpoint = {
  contract: {
    name: 'changeHub',
    summary: 'Name the service app of the hub',
    description: 'The app that has the public key of the hub. Test it afterwards.',
    body: { isRequired: true, content: json(changedHub, { clientId: hubExample.clientId }) },
    answers: { 200: hubAnswer },
    refusals: ['not_found', 'hub_in_config'],
  },
  handler: bodyRoute({ query: noQuery, body: changedHub }, async (context, caller, request) => {
    const { tenant } = caller;
    if (tenant.hub !== null) return inConfig;
    const isChanged = await actsOf(context, caller, request).change(
      (ledger) => setHubClient(ledger, tenant.name, request.body.clientId),
      (found) => (found ? act('hub.changed', tenant.name) : null),
    );
    return isChanged ? show(context, caller) : noHub;
  }),
};

export const removeHub: Endpoint = {
  contract: {
    name: 'removeHub',
    summary: 'Remove the hub',
    description:
      'Deletes its key, its last test, its settings, and whom and what is assigned and pushed. Nothing changes in the hub: its users stay as they are and follow no one any more. Deactivate the service app there. Where keycourier.yaml names another hub, the key alone is deleted.',
    answers: { 204: { description: 'The tenant has no hub that the API named' } },
    refusals: ['not_found'],
  },
  handler: bodyRoute({ query: noQuery, body: noBody }, async (context, caller, request) => {
    const { tenant } = caller;
    const isRemoved = await actsOf(context, caller, request).change(
      (ledger) => removeHubLink(ledger, tenant.name, { isInUse: tenant.hub === null }),
      (removed) => (removed ? act('hub.removed', tenant.name) : null),
    );
    return isRemoved ? { status: 204, body: undefined } : noHub;
  }),
};

export const testHub: Endpoint = {
  contract: {
    name: 'testHub',
    summary: 'Test the credentials of the hub',
    description:
      'A worker runs the test and changes nothing in the hub; `GET /v1/hub` shows its checks once it has ended. While one waits or runs, another request asks for the same one.',
    answers: { 202: { ...hubAnswer, description: 'The hub with the test that waits' } },
    refusals: ['no_hub'],
  },
  handler: bodyRoute({ query: noQuery, body: noBody }, async (context, caller, request) => {
    if (!hasCredentials(await read(context, caller)))
      return refuse('no_hub', 'There is nothing to test: name a hub, and its service app with PATCH /v1/hub.');
    await actsOf(context, caller, request).apply(testOfHub(caller.tenant.name));
    return { ...(await show(context, caller)), status: 202 };
  }),
};
