import { Eta } from 'eta';

import type { Correspondent, Mail } from './mail.ts';
import { pageStyle } from './page-style.ts';
import { pageScript, pageTemplate } from './page-template.ts';

const mailsOnAPage = 100;

const eta = new Eta({ autoEscape: true });
eta.loadTemplate('@page', pageTemplate);

export type Part = 'html' | 'text' | 'headers';

export interface PageView {
  /** Newest first. */
  mails: readonly Mail[];
  open: Mail | undefined;
  q: string;
  page: number;
  part?: Part | undefined;
}

/** The page as HTML; all values are escaped. */
export function renderPage({ mails, open, q, page, part }: PageView): string {
  const found = q === '' ? mails : mails.filter((mail) => matches(mail, q.toLowerCase()));
  const rows = found.slice((page - 1) * mailsOnAPage, page * mailsOnAPage);
  const mail = q !== '' && open !== undefined && !found.includes(open) ? found[0] : open;
  const link = (path: string, query: Record<string, string>): string => {
    const pairs = Object.entries({
      ...(q === '' ? {} : { q }),
      ...(page === 1 ? {} : { page: String(page) }),
      ...query,
    });
    return pairs.length === 0 ? path : `${path}?${new URLSearchParams(pairs).toString()}`;
  };
  return eta.render('@page', {
    style: pageStyle,
    script: pageScript,
    q,
    count: q === '' ? counted(mails.length) : `${found.length} of ${counted(mails.length)}`,
    rows: rows.map((one) => row(one, link(`/mail/${one.id}`, {}), one === mail)),
    newer: page > 1 ? link('/', { page: String(page - 1) }) : '',
    older: found.length > page * mailsOnAPage ? link('/', { page: String(page + 1) }) : '',
    mail: mail === undefined ? undefined : openMail(mail, part, (name) => link(`/mail/${mail.id}`, { part: name })),
    empty: mails.length === 0 ? 'No mail yet' : 'No such mail',
  });
}

const counted = (number: number): string => (number === 1 ? '1 mail' : `${number} mails`);

function matches(mail: Mail, words: string): boolean {
  const recipients = [...mail.to, ...mail.cc].flatMap(({ address, name }) => [address, name]);
  return [mail.subject, ...recipients, ...mail.envelope.to].some((value) => value.toLowerCase().includes(words));
}

interface Row {
  href: string;
  open: boolean;
  to: string;
  from: string;
  subject: string;
  at: string;
  receivedAt: string;
}

function row(mail: Mail, href: string, open: boolean): Row {
  const first = mail.to[0]?.address ?? mail.envelope.to[0] ?? '(no recipient)';
  const others = Math.max(mail.to.length, mail.envelope.to.length) - 1;
  return {
    href,
    open,
    to: others > 0 ? `${first} and ${others} more` : first,
    from: mail.from[0]?.name || mail.from[0]?.address || mail.envelope.from,
    subject: titleOf(mail),
    at: shortTime(new Date(mail.receivedAt)),
    receivedAt: mail.receivedAt,
  };
}

const titleOf = (mail: Mail): string => mail.subject || '(no subject)';

interface OpenMail {
  subject: string;
  from: string;
  to: string;
  /** The recipients of the envelope; empty if the headers name them all. */
  delivered: string;
  at: string;
  receivedAt: string;
  parts: readonly { title: string; href: string; open: boolean }[];
  frame?: string;
  plain?: string;
}

function openMail(mail: Mail, requested: Part | undefined, hrefOf: (part: Part) => string): OpenMail {
  const titles: Record<Part, string> = {
    html: 'Message',
    text: mail.html === '' ? 'Message' : 'Plain text',
    headers: 'Headers',
  };
  const parts: Part[] = [
    ...(mail.html === '' ? [] : ['html' as const]),
    ...(mail.text === '' && mail.html !== '' ? [] : ['text' as const]),
    'headers',
  ];
  const part = requested !== undefined && parts.includes(requested) ? requested : (parts[0] ?? 'headers');
  const named = new Set([...mail.to, ...mail.cc].map(({ address }) => address.toLowerCase()));
  return {
    subject: titleOf(mail),
    from: listed(mail.from) || mail.envelope.from,
    to: listed([...mail.to, ...mail.cc]) || '(no header)',
    delivered: mail.envelope.to.every((address) => named.has(address.toLowerCase())) ? '' : mail.envelope.to.join(', '),
    at: longTime.format(new Date(mail.receivedAt)),
    receivedAt: mail.receivedAt,
    parts: parts.map((name) => ({ title: titles[name], href: hrefOf(name), open: name === part })),
    ...(part === 'html'
      ? { frame: `<base target="_blank">${mail.html}` }
      : { plain: part === 'text' ? mail.text : headerLines(mail) }),
  };
}

const listed = (people: readonly Correspondent[]): string =>
  people.map(({ address, name }) => (name === '' ? address : `${name} <${address}>`)).join(', ');

const headerLines = (mail: Mail): string =>
  Object.entries(mail.headers)
    .flatMap(([name, value]) => [value].flat().map((one) => `${name}: ${one}`))
    .join('\n');

const longTime = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'medium' });
const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

const shortTime = (at: Date): string => (at.toDateString() === new Date().toDateString() ? clock : day).format(at);
