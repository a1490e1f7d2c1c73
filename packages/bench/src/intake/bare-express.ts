/**
 * What the receiver is compared with, in a process of its own: Express that parses the same JSON and answers 204. With
 * DATABASE_URL it first inserts the delivery as one row, in a transaction of its own.
 */
import { once } from 'node:events';

import express, { type RequestHandler } from 'express';
import pg from 'pg';

import { answerRequests } from '../measure/answer-requests.ts';

const databaseUrl = process.env['DATABASE_URL'];
/** As many connections as the receiver has (docs/limits.md). */
const pool = databaseUrl === undefined ? null : new pg.Pool({ connectionString: databaseUrl, max: 10 });

const record = async (body: unknown): Promise<void> =>
  void (await pool?.query({ name: 'record', text: 'insert into deliveries (body) values ($1)', values: [body] }));

const answer: RequestHandler = (request, response, next) => {
  record(request.body).then(() => void response.status(204).end(), next);
};

const app = express();
app.disable('x-powered-by');
app.disable('etag');
app.post('/okta/hooks/:tenant', express.json({ limit: '5mb' }), answer);
const server = app.listen(0, '127.0.0.1');
await once(server, 'listening');
const address = server.address();
answerRequests(
  `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
  async () => null,
);
