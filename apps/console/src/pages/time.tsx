import type { VNode } from 'preact';

import type { Viewer } from './viewer.ts';

type Reader = Pick<Viewer, 'now' | 'times' | 'timeZone'>;

/** A time in the operator's style; the exact time in UTC is its title. */
export function Time({ at, viewer }: { at: Date | null; viewer: Reader }): VNode {
  if (at === null) return <span class="quiet">–</span>;
  return (
    <time dateTime={at.toISOString()} title={`${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`}>
      {timeText(at, viewer)}
    </time>
  );
}

/** For a sentence in which a time that is relative reads badly: `until 14:05`. */
export const ClockTime = ({ at, viewer }: { at: Date; viewer: Reader }): VNode => (
  <Time at={at} viewer={viewer.times === 'relative' ? { ...viewer, times: 'local' } : viewer} />
);

export function timeText(at: Date, { now, times, timeZone }: Reader): string {
  switch (times) {
    case 'relative':
      return relativeText(at.getTime() - now.getTime());
    case 'local':
      return clockText(at, now, timeZone);
    case 'utc':
      return `${clockText(at, now, 'UTC')} UTC`;
  }
}

const steps = [
  { unit: 'day', ms: 86_400_000, from: 172_800_000 },
  { unit: 'hour', ms: 3_600_000, from: 5_400_000 },
  { unit: 'minute', ms: 60_000, from: 60_000 },
] as const;

function relativeText(ms: number): string {
  const size = Math.abs(ms);
  const step = steps.find(({ from }) => size >= from);
  // What was written while the page was read is a little later than the page.
  if (step === undefined) return ms > 5_000 ? 'in under a minute' : 'just now';
  return durationText(ms, step);
}

const relative = new Intl.RelativeTimeFormat('en-GB', { numeric: 'always', style: 'short' });

const durationText = (ms: number, { unit, ms: length }: (typeof steps)[number]): string =>
  relative.format(Math.round(ms / length), unit);

/** The clock alone today, else with the day, and with the year unless it is this one. */
function clockText(at: Date, now: Date, timeZone: string): string {
  const part = (options: Intl.DateTimeFormatOptions, date = at): string =>
    new Intl.DateTimeFormat('en-GB', { ...options, timeZone }).format(date);
  const clock = part({ hour: '2-digit', minute: '2-digit' });
  const day = { day: 'numeric', month: 'short' } as const;
  const withYear = { ...day, year: 'numeric' } as const;
  if (part(withYear) === part(withYear, now)) return clock;
  const isThisYear = part({ year: 'numeric' }) === part({ year: 'numeric' }, now);
  return `${part(isThisYear ? day : withYear)}, ${clock}`;
}
