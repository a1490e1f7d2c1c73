import type { Loss } from './candidates.ts';

/** Titles are not names, and no courier asks for them. */
const titles = /^(?:(?:dr|prof|professor|mr|mrs|ms|mx|miss|sir|dame|herr|frau|mag|ing|dipl\.?-ing)\.? +)+/iu;

/**
 * The first of several given names stays whole. The others become initials, the last one first, then go, the last one
 * first: "Maximilian Alexander" is "Maximilian A", then "Maximilian". No name is ever cut.
 */
export const shortenGivenNames: Loss = (value) => {
  const untitled = value.trim().replace(titles, '');
  const [first = '', ...others] = untitled.split(/(?=[ -]\p{L})/u);
  const initials = others.map((name) => name.replace(/(?<=^[ -]\p{L}\p{M}*)[^\p{M}].*$/su, ''));
  const withInitials = others.map((_, at) => [...others.slice(0, others.length - 1 - at), ...initials.slice(-1 - at)]);
  const withFewer = initials.map((_, at) => initials.slice(0, initials.length - 1 - at));
  return [[...others], ...withInitials, ...withFewer].map((rest) => first + rest.join(''));
};
