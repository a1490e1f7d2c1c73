/** The server renders all times: it reads the browser's time zone from this cookie. */
export function rememberTimeZone(): void {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const cookie = `time-zone=${encodeURIComponent(timeZone)}`;
  if (!document.cookie.split('; ').includes(cookie))
    document.cookie = `${cookie}; path=/; max-age=31536000; samesite=lax`;
}
