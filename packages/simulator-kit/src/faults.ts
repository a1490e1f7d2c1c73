import { setTimeout as sleep } from 'node:timers/promises';

import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import { z } from 'zod';

/**
 * One fault (design, section 4). `match.path` names a path and everything below it; `*` stands for one segment.
 * `respond`: wait `delayMs`, then either `drop` the connection (`true`: before anything happened; `"after"`: the request
 * has its full effect and only the answer is lost), or answer `status` with the service's own error body, or, with
 * neither, go on as usual. `times` ends the fault after so many hits; `rate` (0…1) is the share of requests it hits.
 */
export const faultSchema = z.strictObject({
  match: z.strictObject({ method: z.string().optional(), path: z.string().startsWith('/') }),
  respond: z.strictObject({
    status: z.number().int().min(400).max(599).optional(),
    delayMs: z.number().int().min(0).max(600_000).optional(),
    drop: z.union([z.boolean(), z.literal('after')]).optional(),
  }),
  times: z.number().int().positive().optional(),
  rate: z.number().min(0).max(1).optional(),
});

export type Fault = z.infer<typeof faultSchema>;

interface Armed {
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

/** The answer of a request that is to have its effect but lose its reply. */
function loseAnswer(response: Response): void {
  response.end = () => {
    response.socket?.destroy();
    return response;
  };
  response.write = () => true;
}

/**
 * `controls` serves `PUT /faults` (replaces the list) and `GET /faults` (the list, with the hits of each); mount it below `/sim`. `inject` goes before
 * the service's own routes. Faults live in memory: a restarted simulator is a healthy one.
 */
export function createFaults(errorBody: (status: number) => unknown): { controls: Router; inject: RequestHandler } {
  let armed: Armed[] = [];
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
    response.json(parsed.data);
  });

  const inject: RequestHandler = async (request, response, next) => {
    const hit = armed.find(
      (one) =>
        one.left > 0 && matches(one.fault, request) && (one.fault.rate === undefined || Math.random() < one.fault.rate),
    );
    if (hit === undefined) {
      next();
      return;
    }
    hit.left -= 1;
    hit.hits += 1;
    const { delayMs, drop, status } = hit.fault.respond;
    if (delayMs !== undefined) await sleep(delayMs);
    // Whoever waited has hung up: as with a gateway that cancels the request behind it, nothing happens any more.
    if (response.socket === null || response.socket.destroyed) return;
    if (drop === true) {
      response.socket.destroy();
      return;
    }
    if (drop === 'after') loseAnswer(response);
    if (status !== undefined && drop === undefined) {
      response.status(status).json(errorBody(status));
      return;
    }
    next();
  };
  return { controls, inject };
}
