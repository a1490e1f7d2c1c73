import type { AuditAction } from '@keycourier/ledger/audit/entry';
import { claimHold, commentHold, maxCommentLength, releaseHold, snoozeHold } from '@keycourier/ledger/holds/claims';
import { z } from 'zod';

import { change } from '../audit/record.ts';
import type { HandleForm, PagesContext } from '../pages/tenant-pages.ts';
import { pathIn, type Viewer } from '../pages/viewer.ts';
import { returnPath } from '../sign-in/attempt-sign-in.ts';

const dayMs = 86_400_000;

const changes = ['claim', 'give-back', 'snooze', 'wake', 'comment'] as const;
type Change = (typeof changes)[number];

const body = z.object({
  do: z.enum(changes),
  back: z.string().max(2_000).optional(),
  text: z.string().trim().min(1).max(maxCommentLength).optional().catch(undefined),
});

const recorded: Readonly<Record<Change, AuditAction>> = {
  claim: 'shipment.claim',
  'give-back': 'shipment.claim',
  snooze: 'shipment.snooze',
  wake: 'shipment.snooze',
  comment: 'shipment.comment',
};

/** Claims a held shipment, gives it back, leaves it alone for a day, or comments on it. It never stops or moves a shipment. */
export const changeClaim: HandleForm = async (context, viewer, request) => {
  const id = String(request.params['id']);
  const form = body.parse(request.body);
  const act = { action: recorded[form.do], detail: { change: form.do }, subject: { kind: 'shipment', id } };
  const isDone = await change(context, viewer, {
    work: (ledger) => apply({ ...context, ledger }, viewer, { ...form, id }),
    actOf: (done) => (done ? act : null),
  });
  if (!isDone) return null;
  const back = returnPath(form.back);
  return { outcome: 'done', location: back === '/' ? pathIn(viewer, `/shipments/${id}`) : back };
};

async function apply(
  { ledger, now }: PagesContext,
  { tenant, operator }: Viewer,
  { id: shipmentId, do: what, text }: z.output<typeof body> & { id: string },
): Promise<boolean> {
  const by = { tenant, shipmentId, operator };
  switch (what) {
    case 'claim':
      return (await claimHold(ledger, by, { takeOver: true })) === 'done';
    case 'give-back':
      return releaseHold(ledger, by);
    case 'snooze':
      return snoozeHold(ledger, by, new Date(now().getTime() + dayMs));
    case 'wake':
      return snoozeHold(ledger, by, null);
    case 'comment':
      return text !== undefined && (await commentHold(ledger, by, text)) !== null;
  }
}
