import { ConnectorError } from '@keycourier/journey/ports/errors';
import type { IdentityUser } from '@keycourier/journey/ports/identity';

import { exchange, type HttpAnswer } from '../http/exchange.ts';
import { faultOfAnswer, isSuccess } from '../http/fault-of-answer.ts';
import { standardTimeoutMs } from '../resilience.ts';
import { prepareCall } from '../run-call.ts';
import type { HrisAuth, HrisSettings, Person } from './settings.ts';

const maxAnswerBytes = 1_024 * 1_024;

/** Runs a request as an idempotent read. */
type AsRead = (request: () => Promise<HttpAnswer>) => Promise<HttpAnswer>;

/** A person in the tenant's HRIS; null when Okta lacks a value that the URL needs, or the HRIS does not know the person. */
export async function readPerson(settings: HrisSettings, asRead: AsRead, user: IdentityUser): Promise<Person | null> {
  const { compiled, auth, timeoutMs = standardTimeoutMs } = settings;
  const url = compiled.urlOf(user);
  if (url === null) return null;
  const authorization = await prepareCall('hris', () => authorizationOf(auth));
  const headers = { accept: 'application/json', authorization };
  const answer = await asRead(async () => {
    const response = await exchange('hris', { method: 'GET', url, headers, maxAnswerBytes }, timeoutMs);
    if (!isSuccess(response) && !isUnknown(response)) throw faultOf(response);
    return response;
  });
  if (isUnknown(answer)) return null;
  if (answer.json === undefined)
    throw new ConnectorError({ service: 'hris', fault: 'outcome_unknown' }, `answered ${answer.status} with nothing`);
  return compiled.mapPerson(answer.json);
}

/** An HTML 404 comes from a gateway: taken for "unknown person", it would let another source's older address through. */
const isUnknown = ({ status, headers }: HttpAnswer): boolean =>
  status === 404 && !(headers['content-type'] ?? '').includes('text/html');

function faultOf(answer: HttpAnswer): ConnectorError {
  if (answer.status !== 404) return faultOfAnswer('hris', answer, []);
  const message = 'answered 404 with a page, as gateways do';
  return new ConnectorError({ service: 'hris', fault: 'outcome_unknown' }, message, { status: 404 });
}

async function authorizationOf(auth: HrisAuth): Promise<string> {
  if ('bearer' in auth) return `Bearer ${await auth.bearer()}`;
  const { user, password } = auth.basic;
  return `Basic ${Buffer.from(`${user}:${await password()}`, 'utf8').toString('base64')}`;
}
