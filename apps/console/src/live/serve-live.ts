import type { RequestHandler, Response } from 'express';

import type { LiveHub } from './live-hub.ts';

/** Proxies close what is silent for longer. */
const commentEveryMs = 15_000;

/** A stream ends after this time, and the browser opens another: so it ends soon after the operator loses the role. */
const longestMs = 5 * 60_000;

/** How long a browser waits before it opens another, in milliseconds. */
const retryMs = 3_000;

/**
 * The changes of a tenant's shipments as server-sent events: ids alone, and nothing to resume from, since the page is
 * read again. A stream never prolongs the session.
 */
export const serveLive =
  (hub: LiveHub): RequestHandler =>
  (request, response) => {
    const write = writerOf(response);
    const end = (): void => {
      response.end();
    };
    const remove = hub.add({
      tenant: String(request.params['tenant']),
      session: request.sessionID,
      changed: (ids) => write(`event: changed\ndata: ${ids === null ? '*' : ids.join(',')}\n\n`),
      end,
    });
    if (remove === null) {
      response.set('Retry-After', '30').sendStatus(503);
      return;
    }
    response.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-store',
      'X-Accel-Buffering': 'no',
    });
    write(`retry: ${retryMs}\n\n`);
    const comments = setInterval(() => write(':\n\n'), commentEveryMs);
    const longest = setTimeout(end, longestMs);
    response.on('close', () => {
      clearInterval(comments);
      clearTimeout(longest);
      remove();
    });
  };

/** A reader that does not keep up is cut off: it opens another stream and reads its page again. */
const writerOf = (response: Response) => {
  const maxBuffered = 64 * 1_024;
  return (text: string): void => {
    if (response.writableLength > maxBuffered) response.destroy();
    else response.write(text);
  };
};
