/** Set part by part: resolved as a reference, a path that begins with two slashes would name another host. */
export function orgUrlOf(orgUrl: string, path: string): URL {
  const url = new URL(orgUrl);
  const [pathname = '/', ...query] = path.split('?');
  url.pathname = pathname;
  url.search = query.join('?');
  return url;
}
