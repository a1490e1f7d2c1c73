import type { Status } from '@keycourier/journey/model/status';
import type { ComponentChildren, VNode } from 'preact';

/** Small parts that several pages have. */

export const statusTitles: Readonly<Record<Status, string>> = {
  requested: 'Requested',
  ready: 'Ready',
  ordered: 'Ordered',
  in_transit: 'In transit',
  activated: 'Activated',
  pin_sent: 'PIN sent',
  completed: 'Completed',
  held: 'Held',
  failed: 'Failed',
  cancelled: 'Cancelled',
};

export const StatusMark = ({ status }: { status: Status }): VNode => (
  <span class={`status ${status}`}>{statusTitles[status]}</span>
);

/** The heading of a page, with what belongs beside it, and the page above it. */
export const Head = (props: { title: ComponentChildren; above?: Link; children?: ComponentChildren }): VNode => (
  <>
    {props.above !== undefined && (
      <p class="trail">
        <a href={props.above.href}>{props.above.text}</a>
      </p>
    )}
    <div class="head">
      <h1>{props.title}</h1>
      {props.children}
    </div>
  </>
);

interface Link {
  href: string;
  text: string;
}

export const Section = (props: { id: string; title: ComponentChildren; children: ComponentChildren }): VNode => (
  <section aria-labelledby={props.id}>
    <h2 id={props.id}>{props.title}</h2>
    {props.children}
  </section>
);

/** Of a form whose act is recorded. */
export const OptionalReason = (): VNode => (
  <label class="field">
    Reason, if there is one to record
    <input name="reason" maxLength={1_000} autocomplete="off" />
  </label>
);

/** What a list or a section says while it has nothing. */
export const Empty = ({ title, children }: { title: string; children?: ComponentChildren }): VNode => (
  <div class="empty">
    <p class="title">{title}</p>
    {children !== undefined && <p class="quiet">{children}</p>}
  </div>
);

export const Notice = ({ tone, children }: { tone: 'warn' | 'bad' | 'good'; children: ComponentChildren }): VNode => (
  <p class={`notice ${tone}`} role={tone === 'bad' ? 'alert' : 'status'}>
    {children}
  </p>
);

/** Names and values, one below the other. */
export const Facts = ({ rows }: { rows: readonly (readonly [string, ComponentChildren])[] }): VNode => (
  <dl class="facts">
    {rows.map(([name, value]) => (
      <div key={name}>
        <dt>{name}</dt>
        <dd>{value}</dd>
      </div>
    ))}
  </dl>
);

/** The page as a command: it can be selected by one click and copied. */
export const Command = ({ text }: { text: string }): VNode => (
  <p class="command">
    <span class="quiet">As a command</span> <code>{text}</code>
  </p>
);

const number = new Intl.NumberFormat('en-GB');

/** `1,000+` where counting ended at a limit. */
export const countText = (count: number, countedAtMost = Number.POSITIVE_INFINITY): string =>
  count > countedAtMost ? `${number.format(countedAtMost)}+` : number.format(count);

/** Rows that a change added are counted here by the live script, and read by following the link. */
export const NewRows = ({ href }: { href: string }): VNode => (
  <div role="status">
    <a id="new-rows" href={href} hidden>
      New
    </a>
  </div>
);
