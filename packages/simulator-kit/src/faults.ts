import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import { z } from 'zod';

/**
 * One injected fault. `match.path` matches a path and everything below it; `*` stands for one segment. `respond` waits
 * `delayMs`, or with `hold` until the list of faults is replaced, then drops the connection (`drop: true` before the request
 * has any effect, `drop: "after"` in place of the response, after its full effect), or answers `status` with the service's
 * own error body, or, with neither, lets the request continue. The fault ends after `times` hits; `rate` (0…1) is the share
 * of matching requests that it hits.
 */
export const faultSchema = z.strictObject({
  match: z.strictObject({ method: z.string().optional(), path: z.string().startsWith('/') }),
  respond: z.strictObject({
    status: z.number().int().min(400).max(599).optional(),
    delayMs: z.number().int().min(0).max(600_000).optional(),
    hold: z.literal(true).optional(),
    drop: z.union([z.boolean(), z.literal('after')]).optional(),
  }),
  times: z.number().int().positive().optional(),
  rate: z.number().min(0).max(1).optional(),
});

export type Fault = z.infer<typeof faultSchema>;

interface ArmedFault {
  fault: Fault;
  left: number;
  hits: number;
}

function matches(fault: Fault, request: Request): boolean {
  const { method, path } = fault.match;
  if (method !== undefined && method.toUpperCase() !== request.method) return false;
  const wanted = path.split('/').filter(Boolean);
  const got = request.path.split('/').filter(Boolean);
  return wanted.length <= got.length && wanted.every((segment, index) => segment === '*' || segment === got[index]);
}

/** Drops the connection in place of the response. */
function dropResponse(response: Response): void {
  response.end = () => {
    response.socket?.destroy();
    return response;
  };
  response.write = () => true;
}

/** @returns whether the service handles the request as usual */
async function applyFault(
  { respond }: Fault,
  response: Response,
  { errorBody, replaced }: { errorBody: ErrorBody; replaced: AbortSignal },
): Promise<boolean> {
  const { delayMs, hold, drop, status } = respond;
  if (hold === true) await once(replaced, 'abort');
  if (delayMs !== undefined) await sleep(delayMs);
  // The caller hung up meanwhile: as behind a gateway that cancels requests, this one has no effect.
  if (response.socket === null || response.socket.destroyed) return false;
  if (drop === true) {
    response.socket.destroy();
    return false;
  }
  if (drop === 'after') dropResponse(response);
  if (status === undefined || drop !== undefined) return true;
  response.status(status).json(errorBody(status));
  return false;
}

type ErrorBody = (status: number) => unknown;

/**
 * `controls` serves `PUT /faults` (replaces the list) and `GET /faults` (the list, with the hits of each); mount it below
 * `/sim`. `inject` goes before the service's own routes. Faults live in memory: a restart clears them.
 */
export function createFaults(errorBody: ErrorBody): { controls: Router; inject: RequestHandler } {
  let armed: ArmedFault[] = [];
  let replaced = new AbortController();
  const controls = express.Router();
  controls.get('/faults', (_request, response) => {
    response.json(armed.map(({ fault, hits }) => ({ ...fault, hits })));
  });
  controls.put('/faults', express.json(), (request, response) => {
    const parsed = z.array(faultSchema).safeParse(request.body);
    if (!parsed.success) {
      response.status(400).json({ error: z.prettifyError(parsed.error) });
      return;
    }
    armed = parsed.data.map((fault) => ({ fault, left: fault.times ?? Number.POSITIVE_INFINITY, hits: 0 }));
    replaced.abort();
    replaced = new AbortController();
    response.json(parsed.data);
  });
  const inject: RequestHandler = async (request, response, next) => {
    const hit = armed.find(({ fault, left }) => left > 0 && matches(fault, request) && isHit(fault));
    if (hit === undefined) {
      next();
      return;
    }
    hit.left -= 1;
    hit.hits += 1;
    if (await applyFault(hit.fault, response, { errorBody, replaced: replaced.signal })) next();
  };
  return { controls, inject };
}

const isHit = ({ rate }: Fault): boolean => rate === undefined || Math.random() < rate;
