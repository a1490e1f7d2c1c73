import type { MailOutcome, PinMail } from '@keycourier/ledger/shipments/mails-of';
import { describeHold } from '@keycourier/messages/holds';
import type { VNode } from 'preact';

import { Section } from '../pages/parts.tsx';
import { Time } from '../pages/time.tsx';
import type { Viewer } from '../pages/viewer.ts';

const outcomes: Readonly<Record<MailOutcome, { title: string; tone: string }>> = {
  waiting: { title: 'waits', tone: '' },
  sending: { title: 'being sent', tone: '' },
  sent: { title: 'sent', tone: 'good' },
  refused: { title: 'refused', tone: 'bad' },
};

/** The mails with the PIN and what became of each: never the PIN, and of the address what may be shown. */
export const Mails = ({ mails, viewer }: { mails: readonly PinMail[]; viewer: Viewer }): VNode | null =>
  mails.length === 0 ? null : (
    <Section id="mails" title="PIN mails">
      <ul class="sheet lines">
        {mails.map((mail) => (
          <li key={`${mail.outcome} ${mail.at.toISOString()}`}>
            <span>
              {mail.sentTo ?? (mail.channel === 'okta' ? 'mailed by Okta' : 'mailed by keycourier')}
              {mail.reason !== null && <span class="quiet block">{describeHold(mail.reason)}</span>}
            </span>
            <span>
              <span class={`badge ${outcomes[mail.outcome].tone}`}>{outcomes[mail.outcome].title}</span>{' '}
              <span class="quiet">
                <Time at={mail.at} viewer={viewer} />
              </span>
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
