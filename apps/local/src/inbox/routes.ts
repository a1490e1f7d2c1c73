import express, { type Express, type RequestHandler } from 'express';
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

/** `/` and `/mail/{id}` for people, `/email` (in maildev's shape) for tests, `/sim/smtp` for faults. */
export function inboxRoutes({ mailbox, faults }: { mailbox: Mailbox; faults: SmtpFaults }): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use(harden);

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
  app.get('/', page);
  app.get('/mail/:id', page);

  app.get('/email', (_request, response) => {
    response.json(mailbox.list());
  });
  app.delete('/email/all', async (_request, response) => {
    await mailbox.empty();
    response.json(true);
  });
  app.get('/email/:id', (request, response) => {
    const mail = mailbox.get(request.params.id);
    if (mail === undefined) response.status(404).json({ error: 'No such mail' });
    else response.json(mail);
  });
  app.get('/email/:id/html', (request, response) => {
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

  app.get('/sim/smtp', (_request, response) => {
    response.json(faults.current());
  });
  app.put('/sim/smtp', express.json(), (request, response) => {
    const parsed = smtpFaultSchema.safeParse(request.body);
    if (!parsed.success) {
      response.status(400).json({ error: z.prettifyError(parsed.error) });
      return;
    }
    faults.set(parsed.data);
    response.json(faults.current());
  });
  return app;
}

/** Mails are strangers' words, and may hold a PIN: nothing sniffs, frames, caches or refers to them. */
const harden: RequestHandler = (_request, response, next) => {
  response.set({
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'no-cache',
    'Content-Security-Policy': "default-src 'none'",
  });
  next();
};
