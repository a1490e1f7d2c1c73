import express, { Router, type Express, type RequestHandler } from 'express';
import { z } from 'zod';

import type { Mailbox } from './mailbox.ts';
import { pageSecurityPolicy } from './page-template.ts';
import { renderPage } from './page.ts';
import { smtpFaultSchema, type SmtpFaults } from './smtp-fault.ts';

const pageQuery = z.object({
  q: z.string().max(200).catch(''),
  page: z.coerce.number().int().min(1).max(10_000).catch(1),
  part: z.enum(['html', 'text', 'headers']).optional().catch(undefined),
});

/** `/` and `/mail/{id}` for browsers, `/email` (in maildev's format) for tests, `/sim/smtp` for faults. */
export function inboxRoutes({ mailbox, faults }: { mailbox: Mailbox; faults: SmtpFaults }): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use(setSecurityHeaders, pageRoutes(mailbox), mailRoutes(mailbox), faultRoutes(faults));
  return app;
}

function pageRoutes(mailbox: Mailbox): Router {
  const page: RequestHandler<{ id?: string }> = (request, response) => {
    const { id } = request.params;
    const mails = mailbox.list().toReversed();
    const open = id === undefined ? mails[0] : mailbox.get(id);
    response
      .status(id !== undefined && open === undefined ? 404 : 200)
      .set('Content-Security-Policy', pageSecurityPolicy)
      .type('html')
      .send(renderPage({ mails, open, ...pageQuery.parse(request.query) }));
  };
  return Router().get('/', page).get('/mail/:id', page);
}

function mailRoutes(mailbox: Mailbox): Router {
  const router = Router();
  router.get('/email', (_request, response) => {
    response.json(mailbox.list());
  });
  router.delete('/email/all', async (_request, response) => {
    await mailbox.empty();
    response.json(true);
  });
  router.get('/email/:id', (request, response) => {
    const mail = mailbox.get(request.params.id);
    if (mail === undefined) response.status(404).json({ error: 'No such mail' });
    else response.json(mail);
  });
  router.get('/email/:id/html', (request, response) => {
    const mail = mailbox.get(request.params.id);
    if (mail === undefined || mail.html === '') {
      response.status(404).json({ error: mail === undefined ? 'No such mail' : 'This mail has no HTML part' });
      return;
    }
    response
      .set('Content-Security-Policy', "sandbox; default-src 'none'; style-src 'unsafe-inline'")
      .type('html')
      .send(mail.html);
  });
  return router;
}

function faultRoutes(faults: SmtpFaults): Router {
  const router = Router();
  router.get('/sim/smtp', (_request, response) => {
    response.json(faults.current());
  });
  router.put('/sim/smtp', express.json(), (request, response) => {
    const parsed = smtpFaultSchema.safeParse(request.body);
    if (!parsed.success) {
      response.status(400).json({ error: z.prettifyError(parsed.error) });
      return;
    }
    faults.set(parsed.data);
    response.json(faults.current());
  });
  return router;
}

/** Mails are untrusted input and may contain a PIN: no sniffing, framing, caching or referrers. */
const setSecurityHeaders: RequestHandler = (_request, response, next) => {
  response.set({
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'no-cache',
    'Content-Security-Policy': "default-src 'none'",
  });
  next();
};
