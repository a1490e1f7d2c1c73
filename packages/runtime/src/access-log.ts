import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';

import type { RequestHandler } from 'express';

import { createFloodLog, type FloodLimits } from './flood-log.ts';
import type { Logger } from './logger.ts';

/** Who sent a request, as far as the app found out. Never a path, query or body: they hold ids, logins and passwords. */
export interface RequestFacts {
  /** As in the table of routes. */
  route?: string;
  tenant?: string;
  apiKeyId?: string;
  /** The id of a SCIM connection. */
  connection?: string;
  operator?: string;
  /** What a refusal means, where its status does not say it. */
  outcome?: string;
  readsPersonalData?: true;
}

export interface AccessLog {
  /** The first middleware of an app: gives each request an id, and logs what must be answered for later. */
  middleware: RequestHandler;
  describe: (response: ServerResponse, facts: RequestFacts) => void;
  /** Writes what is still only counted. */
  close: () => void;
}

const refusals = new Set([401, 403, 429]);

export const requestIdHeader = 'Request-Id';

/** The id of the request that a response answers; undefined without the middleware. */
export function requestIdOf(response: ServerResponse): string | undefined {
  const id = response.getHeader(requestIdHeader);
  return typeof id === 'string' ? id : undefined;
}

/** Gives a request its id, which is a header of its answer. */
export function giveRequestId(response: ServerResponse): string {
  const requestId = randomUUID();
  response.setHeader(requestIdHeader, requestId);
  return requestId;
}

/** One line for each refusal (401, 403, 429) and each read of personal data; under a flood they are counted. */
export function createAccessLog(logger: Logger, limits?: FloodLimits): AccessLog {
  const refused = createFloodLog((fields, message) => logger.warn(fields, message), limits);
  const read = createFloodLog((fields, message) => logger.info(fields, message), limits);
  const factsOf = new WeakMap<ServerResponse, RequestFacts>();
  return {
    middleware: (request, response, next) => {
      const requestId = giveRequestId(response);
      // The socket keeps its address when it is closed, once it was asked for.
      void request.socket.remoteAddress;
      response.once('close', () => {
        const { readsPersonalData, ...facts } = factsOf.get(response) ?? {};
        const status = response.statusCode;
        if (!refusals.has(status) && readsPersonalData !== true) return;
        const { method, ip: address } = request;
        const subject = { method, address, ...facts };
        if (refusals.has(status))
          refused.write({ subject: { status, ...subject }, details: { requestId }, message: 'request refused' });
        else if (status < 300) read.write({ subject, details: { requestId }, message: 'personal data read' });
      });
      next();
    },
    describe: (response, facts) => void factsOf.set(response, { ...factsOf.get(response), ...facts }),
    close: () => {
      refused.close();
      read.close();
    },
  };
}
