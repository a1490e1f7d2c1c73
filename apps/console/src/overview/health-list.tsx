import { catchUpProblems } from '@keycourier/journey/model/catch-up';
import type { Health, HealthProblem, QueueHealth, ServiceHealth } from '@keycourier/ledger/overview/health';
import { describeCatchUpProblem } from '@keycourier/messages/catch-up';
import type { VNode } from 'preact';

import { countText, Section } from '../pages/parts.tsx';
import { ClockTime, Time } from '../pages/time.tsx';
import type { Viewer } from '../pages/viewer.ts';
import { redactSentence } from '../redact.ts';

const titles: Readonly<Record<ServiceHealth['service'], string>> = {
  okta: 'Okta',
  hub: 'Hub',
  fulfillment: 'Provider',
  hris: 'HRIS',
  mail: 'Mail',
};

/** Each service: its state, when it was read last and will be next, and why it is paused. */
export const HealthList = ({ health, viewer }: { health: Health; viewer: Viewer }): VNode => (
  <Section id="health" title="Services">
    <ul class="sheet lines">
      {health.services.map((service) => (
        <ServiceLine key={service.service} service={service} viewer={viewer} />
      ))}
      {health.queues.map((queue) => (
        <QueueLine key={queue.step} queue={queue} viewer={viewer} />
      ))}
    </ul>
  </Section>
);

const states: Readonly<Record<HealthProblem, { text: string; tone: 'warn' | 'bad' }>> = {
  credentials_refused: { text: 'refuses the credentials', tone: 'bad' },
  unavailable: { text: 'does not answer', tone: 'bad' },
  unread: { text: 'cannot be read', tone: 'warn' },
  rate_limited: { text: 'rate limit used up', tone: 'warn' },
};

/** A service that is called by steps alone may not have been called yet. */
const stateWithout = (lastSuccess: Date | null): { text: string; tone: string } =>
  lastSuccess === null ? { text: 'not called yet', tone: '' } : { text: 'no problem', tone: 'good' };

function ServiceLine({ service, viewer }: { service: ServiceHealth; viewer: Viewer }): VNode {
  const { problem, lastSuccess, nextLook, pausedUntil } = service;
  const state = problem === null ? stateWithout(lastSuccess) : states[problem];
  return (
    <li id={`health-${service.service}`}>
      <span>
        {titles[service.service]}
        <Reason service={service} />
      </span>
      <span>
        <span class={`badge ${state.tone}`}>{state.text}</span>
        <span class="quiet when">
          <When name="answered" at={lastSuccess} viewer={viewer} />
          {nextLook === null ? <span>next when needed</span> : <When name="next" at={nextLook} viewer={viewer} />}
          {pausedUntil !== null && (
            <span>
              {'paused until '}
              <ClockTime at={pausedUntil} viewer={viewer} />
            </span>
          )}
        </span>
      </span>
    </li>
  );
}

const When = ({ name, at, viewer }: { name: string; at: Date | null; viewer: Viewer }): VNode | null =>
  at === null ? null : (
    <span>
      {`${name} `}
      <Time at={at} viewer={viewer} />
    </span>
  );

function Reason({ service: { reason } }: { service: ServiceHealth }): VNode | null {
  if (reason === null) return null;
  const code = catchUpProblems.find((one) => one === reason);
  return <span class="quiet block">{code === undefined ? redactSentence(reason) : describeCatchUpProblem(code)}</span>;
}

const QueueLine = ({ queue, viewer }: { queue: QueueHealth; viewer: Viewer }): VNode => (
  <li>
    <span>{`Messages of ${queue.step} that wait`}</span>
    <span>
      <span class="number">{countText(queue.waiting)}</span>{' '}
      <span class="quiet">
        {queue.oldestDue !== null && 'the oldest due '}
        {queue.oldestDue !== null && <Time at={queue.oldestDue} viewer={viewer} />}
      </span>
    </span>
  </li>
);
