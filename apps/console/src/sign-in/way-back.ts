/** A path of this console, or `/`: never a way to somebody else's site, nor back to the sign-in. */
export function wayBack(given: unknown): string {
  const base = 'http://console.invalid';
  if (typeof given !== 'string' || !given.startsWith('/') || !URL.canParse(given, base)) return '/';
  const { origin, pathname, search } = new URL(given, base);
  return origin === base && !pathname.startsWith('//') && !pathname.startsWith('/sign-') ? pathname + search : '/';
}
