import type { AnswerCounts } from '@keycourier/ledger/directory/connections/counts';

const number = new Intl.NumberFormat('en-GB');

export const countsText = ({ requests, refused, failed }: AnswerCounts): string =>
  `${number.format(requests)} requests, ${number.format(refused)} refused, ${number.format(failed)} failed`;
