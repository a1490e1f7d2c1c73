import type { AnswerCounts } from '@keycourier/ledger/directory/connections/counts';

const number = new Intl.NumberFormat('en-GB');

export const countsText = ({ requests, refused, failed }: AnswerCounts): string =>
  `${number.format(requests)} requests, ${number.format(refused)} refused, ${number.format(failed)} failed`;

/** To the minute, in UTC: without scripts the server does not know the reader's time zone. */
export const minuteText = (at: Date | null): string =>
  at === null ? 'never' : `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
