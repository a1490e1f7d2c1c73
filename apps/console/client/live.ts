import { morphMain } from './morph.ts';

/** A page is read again this long after it was read at the earliest; `data-live-every` on `<main>` has a longer time. */
const pauseMs = 1_000;

/** Apart from each other, so that not all pages come at once. */
const reopenMs = (): number => 15_000 + Math.random() * 30_000;

/**
 * Where the page has `data-live` on `<main>`, reads it again whenever the server reports a change that concerns it, and
 * morphs what differs. The stream is closed while the page is hidden: browsers allow six of them for a host.
 */
export function watchLive(): void {
  const path = mainOf(document)?.dataset['live'];
  if (path === undefined) return;
  let stream: EventSource | null = null;
  const refresh = createRefresh();
  const open = (): void => {
    if (stream !== null) return;
    const opened = new EventSource(path);
    opened.addEventListener('changed', (event) => {
      if (concerns(event)) refresh();
    });
    // An answer that is no stream, as while the console restarts, ends it for good: browsers open no other.
    opened.addEventListener('error', () => {
      if (opened.readyState !== EventSource.CLOSED) return;
      close();
      setTimeout(() => {
        if (!document.hidden) open();
      }, reopenMs());
    });
    stream = opened;
  };
  const close = (): void => {
    stream?.close();
    stream = null;
  };
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) close();
    else {
      open();
      refresh();
    }
  });
  if (!document.hidden) open();
}

const mainOf = (page: Document): HTMLElement | null => page.querySelector('main');

/** A page of one shipment or batch names it; others are concerned by every change. */
function concerns(event: Event): boolean {
  const only = mainOf(document)?.dataset['liveId'];
  if (only === undefined || !(event instanceof MessageEvent)) return true;
  return event.data === '*' || String(event.data).split(',').includes(only);
}

/** The server keeps counts for some seconds: a page is read again this often for newer ones, or after a failed read. */
const maxRepeats = 20;

/** The pause after a failed read grows with each repeat, to as many of the usual ones at most. */
const maxPauses = 5;

function createRefresh(): () => void {
  let isReading = false;
  let isDue = false;
  const read = async (): Promise<void> => {
    isReading = true;
    let [renderedAt, repeats, isBehind] = [0, 0, false];
    do {
      if (isDue) [renderedAt, repeats] = [0, 0];
      isDue = false;
      const next = await refreshOnce().catch(() => 'failed' as const);
      const { renderedAt: rendered, countedAt } = next === 'failed' ? {} : (next?.dataset ?? {});
      renderedAt ||= Number(rendered ?? 0);
      isBehind = (next === 'failed' || Number(countedAt ?? renderedAt) < renderedAt) && ++repeats < maxRepeats;
      const pauses = next === 'failed' ? Math.min(repeats, maxPauses) : 1;
      await new Promise((resolve) => setTimeout(resolve, pauses * pauseOf(mainOf(document))));
    } while (isDue || isBehind);
    isReading = false;
  };
  return () => {
    isDue = true;
    if (!isReading) void read();
  };
}

/** Up to a quarter more, so that pages that were opened together are not read together. */
function pauseOf(main: HTMLElement | null): number {
  const every = Number(main?.dataset['liveEvery'] ?? pauseMs);
  return every * (1 + Math.random() / 4);
}

/**
 * `x-live` keeps the read from prolonging the session.
 * @returns null where the page is there no more, or the session has ended: another read would not help
 */
async function refreshOnce(): Promise<HTMLElement | 'failed' | null> {
  const response = await fetch(location.href, { headers: { 'x-live': '1' }, redirect: 'manual' });
  if (response.status === 429 || response.status >= 500) return 'failed';
  if (!response.ok) return null;
  const next = mainOf(new DOMParser().parseFromString(trusted(await response.text()), 'text/html'));
  const old = mainOf(document);
  // What morphs takes parts of the new page out of it; its attributes stay.
  if (next !== null && old !== null) morphMain(old, next);
  return next;
}

interface TrustedHtmlPolicy {
  createHTML: (html: string) => string;
}

declare global {
  interface Window {
    trustedTypes?: { createPolicy: (name: string, rules: TrustedHtmlPolicy) => TrustedHtmlPolicy };
  }
}

/** Only what our own server rendered, for the parser: it runs no script of it. */
const policy = window.trustedTypes?.createPolicy('keycourier', { createHTML: (html) => html });
const trusted = (html: string): string => policy?.createHTML(html) ?? html;
