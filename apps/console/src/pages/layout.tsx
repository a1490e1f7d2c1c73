import type { ComponentChildren, VNode } from 'preact';
import { renderToString } from 'preact-render-to-string';

import { includesRole, roleInAll } from '../sign-in/operator.ts';
import { Icon } from './icons.tsx';
import { sections, type SectionName } from './sections.ts';
import { pathIn, type Viewer } from './viewer.ts';

interface DocumentProps {
  title: string;
  body: 'single' | 'app';
  /** For the live script: whether single keys are shortcuts. */
  keys?: 'on' | 'off';
  children: ComponentChildren;
}

function Document({ title, body, keys = 'off', children }: DocumentProps): VNode {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title} · keycourier`}</title>
        <link rel="icon" type="image/svg+xml" href="/assets/mark.svg" />
        <link rel="stylesheet" href="/assets/console.css" />
        {body === 'app' && <script type="module" src="/assets/client/main.js" />}
      </head>
      <body class={body} data-keys={keys}>
        {children}
      </body>
    </html>
  );
}

const render = (document: VNode): string => `<!doctype html>${renderToString(document)}`;

/** One centered card: a sign-in, a confirmation, a problem. */
export const renderCard = (title: string, children: ComponentChildren): string =>
  render(
    <Document title={title} body="single">
      <main class="card">
        <img class="mark" src="/assets/mark.svg" alt="" width="44" height="44" />
        {children}
      </main>
    </Document>,
  );

interface PageProps {
  title: string;
  section: SectionName | null;
  viewer: Viewer;
  /** Read again when something changes: any shipment of the tenant, or the one with this id, or of the batch with it. */
  live?: true | string;
  /** At most this often. */
  liveEveryMs?: number;
  /** When what it counts was counted, which may be before the change that it is read again for. */
  countedAt?: Date;
  /** Something is under way whose end no change reports: the page is read again until it has ended, for a minute. */
  isUnfinished?: boolean;
  /** What was searched for. */
  search?: string;
  children: ComponentChildren;
}

/** A page of many shipments changes with each of them. */
export const listEveryMs = 3_000;

/** A page of the console, with the navigation around it. */
export const renderPage = ({ title, section, viewer, search = '', children, ...live }: PageProps): string =>
  render(
    <Document title={title} body="app" keys={viewer.keys ? 'on' : 'off'}>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <TopBar viewer={viewer} search={search} />
      <Navigation viewer={viewer} current={section} />
      <main id="main" tabIndex={-1} {...liveAttributes(viewer, live)}>
        {children}
      </main>
      <KeysDialog viewer={viewer} />
    </Document>,
  );

type LiveProps = Pick<PageProps, 'live' | 'liveEveryMs' | 'countedAt' | 'isUnfinished'>;

function liveAttributes(
  viewer: Viewer,
  { live, liveEveryMs = live === true ? listEveryMs : undefined, ...counted }: LiveProps,
): Record<string, string | number> {
  if (live === undefined) return {};
  const countedAt = counted.isUnfinished === true ? new Date(0) : counted.countedAt;
  return {
    'data-live': pathIn(viewer, '/live'),
    ...(live === true ? {} : { 'data-live-id': live }),
    ...(liveEveryMs === undefined ? {} : { 'data-live-every': liveEveryMs }),
    ...(countedAt === undefined
      ? {}
      : { 'data-counted-at': countedAt.getTime(), 'data-rendered-at': viewer.now.getTime() }),
  };
}

const TopBar = ({ viewer, search }: { viewer: Viewer; search: string }): VNode => (
  <header class="top">
    <a class="brand" href={pathIn(viewer, '')}>
      <img src="/assets/mark.svg" alt="" width="24" height="24" />
      keycourier
    </a>
    <TenantSwitch viewer={viewer} />
    <form class="find" role="search" action={pathIn(viewer, '/search')}>
      <Icon name="search" />
      <input
        id="find"
        type="search"
        name="q"
        value={search}
        maxLength={200}
        aria-label="Find a person, a key or an event"
        placeholder="Login, name, serial, tracking number, event …"
        autocomplete="off"
        spellcheck={false}
      />
      {viewer.keys && <kbd>/</kbd>}
    </form>
    <details class="menu">
      <summary>{viewer.operator}</summary>
      <div class="sheet">
        <p class="quiet">{`${viewer.role} of ${viewer.tenant}`}</p>
        <a href={pathIn(viewer, '/preferences')}>Preferences</a>
        {includesRole(roleInAll(viewer.signedIn), 'admin') && <a href="/sessions">Sessions</a>}
        <form method="post" action="/sign-out">
          <Token viewer={viewer} />
          <button class="plain" type="submit">
            Sign out
          </button>
        </form>
      </div>
    </details>
  </header>
);

function TenantSwitch({ viewer }: { viewer: Viewer }): VNode {
  if (viewer.tenants.length < 2) return <span class="tenant">{viewer.tenant}</span>;
  return (
    <details class="menu tenant">
      <summary>{viewer.tenant}</summary>
      <div class="sheet">
        {viewer.tenants.map((tenant) => (
          <a key={tenant} href={`/t/${tenant}`} aria-current={tenant === viewer.tenant ? 'true' : undefined}>
            {tenant}
          </a>
        ))}
      </div>
    </details>
  );
}

const Navigation = ({ viewer, current }: { viewer: Viewer; current: SectionName | null }): VNode => (
  <nav class="rail" aria-label="Console">
    {sections
      .filter(({ role, needsHub = false }) => includesRole(viewer.role, role) && (viewer.hasHub || !needsHub))
      .map(({ name, title, path }) => (
        <a key={name} href={pathIn(viewer, path)} aria-current={name === current ? 'page' : undefined}>
          <Icon name={name} />
          {title}
        </a>
      ))}
    {roleInAll(viewer.signedIn) !== null && (
      <a href="/queues">
        <Icon name="queues" />
        Queues
      </a>
    )}
  </nav>
);

const shortcuts = [
  ['/', 'Find'],
  ['j, k', 'Next and previous row'],
  ['Enter', 'Open the row'],
  ['Esc', 'Leave a field'],
  ['?', 'This list'],
] as const;

const KeysDialog = ({ viewer }: { viewer: Viewer }): VNode => (
  <dialog id="keys" aria-labelledby="keys-title">
    <h2 id="keys-title">Shortcuts</h2>
    <dl class="facts">
      {shortcuts.map(([key, what]) => (
        <div key={key}>
          <dt>
            <kbd>{key}</kbd>
          </dt>
          <dd>{what}</dd>
        </div>
      ))}
    </dl>
    <p class="quiet">
      They can be switched off in the <a href={pathIn(viewer, '/preferences')}>preferences</a>.
    </p>
    <form method="dialog">
      <button type="submit">Close</button>
    </form>
  </dialog>
);

/** The hidden field that each form needs. */
export const Token = ({ viewer }: { viewer: Pick<Viewer, 'token'> }): VNode => (
  <input type="hidden" name="_csrf" value={viewer.token} />
);
