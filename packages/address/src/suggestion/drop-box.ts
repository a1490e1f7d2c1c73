import { isUnreachableBox } from '../rules/po-box.ts';
import type { Loss } from './candidates.ts';

/** The street beside a post office box that no courier reaches. Nothing where no street and number stand beside it. */
export const dropBox: Loss = (value, place) => {
  if (!isUnreachableBox(value, place)) return [value];
  const kept = value.split('\n').map((line) =>
    line
      .split(',')
      .filter((part) => !isUnreachableBox(part.trim(), place))
      .join(','),
  );
  const street = kept.filter((line) => line.trim() !== '').join('\n');
  return /\p{L}/u.test(street) && /\d/.test(street) ? [street] : [];
};
