/** A browser without scripts: keeps cookies, fills in hidden form fields, and sends its own page's origin. */
export class TestClient {
  readonly base: string;
  readonly cookies = new Map<string, string>();
  readonly #headers: Readonly<Record<string, string>>;

  constructor(base: string, headers: Readonly<Record<string, string>> = {}) {
    this.base = base;
    this.#headers = headers;
  }

  /** Does not follow redirects. */
  async request(
    path: string,
    options: { method?: string; headers?: Record<string, string>; body?: BodyInit } = {},
  ): Promise<Response> {
    const response = await fetch(this.base + path, {
      redirect: 'manual',
      method: options.method ?? 'GET',
      headers: { ...this.#headers, cookie: this.#cookieHeader(), ...options.headers },
      ...(options.body === undefined ? {} : { body: options.body }),
    });
    for (const cookie of response.headers.getSetCookie()) this.#keep(cookie);
    return response;
  }

  /** Loads the page with the form, then submits it as a browser does. */
  async submit(
    page: string,
    action: string,
    fields: Record<string, string> = {},
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const html = await (await this.request(page)).text();
    const hidden = [...html.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"\/?>/g)];
    const filled = { ...Object.fromEntries(hidden.map(([, name = '', value = '']) => [name, value])), ...fields };
    return this.request(action, {
      method: 'POST',
      headers: { origin: this.origin, 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: new URLSearchParams(filled).toString(),
    });
  }

  signIn({ user, password }: { user: string; password: string }, page = '/sign-in'): Promise<Response> {
    return this.submit(page, '/sign-in', { user, password });
  }

  /** A change as Bull Board's scripts request it, with the token's cookie copied into the header. */
  change(
    method: string,
    path: string,
    options: { body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<Response> {
    return this.request(`/queues/api${path}`, {
      method,
      headers: {
        origin: this.origin,
        'x-xsrf-token': this.cookies.get('XSRF-TOKEN') ?? '',
        'content-type': 'application/json',
        ...options.headers,
      },
      body: JSON.stringify(options.body ?? {}),
    });
  }

  get origin(): string {
    return this.#headers['x-forwarded-proto'] === 'https' ? this.base.replace('http:', 'https:') : this.base;
  }

  #cookieHeader(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  #keep(cookie: string): void {
    const [pair = ''] = cookie.split(';');
    const at = pair.indexOf('=');
    this.cookies.set(pair.slice(0, at), pair.slice(at + 1));
  }
}
