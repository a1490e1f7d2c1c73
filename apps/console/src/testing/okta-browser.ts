import { TestClient } from './test-client.ts';

/** A browser without scripts that opens the console and the simulated Okta, with the cookies of each. */
export class OktaBrowser {
  readonly console: TestClient;
  readonly okta: TestClient;

  constructor(consoleUrl: string, oktaUrl: string) {
    this.console = new TestClient(consoleUrl);
    this.okta = new TestClient(oktaUrl);
  }

  /** Follows a link of the console to Okta, signs in as `login` there, and returns the address that Okta sends it back to. */
  async untilBack(path: string, login: string): Promise<string> {
    const started = await this.console.request(path);
    return this.signInAtOkta(started.headers.get('location') ?? '', login);
  }

  /** From an address of Okta's on; the sign-in page comes only where Okta does not know the browser, or must ask again. */
  async signInAtOkta(address: string, login: string): Promise<string> {
    const first = await this.okta.request(this.#pathAtOkta(address));
    let next = first.headers.get('location') ?? '';
    if (next.includes('/oauth2/default/sign-in/')) {
      const done = await this.okta.request(next, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ login, password: 'any' }).toString(),
      });
      const resumed = await this.okta.request(this.#pathAtOkta(done.headers.get('location') ?? ''));
      next = resumed.headers.get('location') ?? '';
    }
    return next;
  }

  /** The whole sign-in, or step-up: the console's last answer. */
  async signIn(login: string, path = '/sign-in/okta'): Promise<Response> {
    return this.open(await this.untilBack(path, login));
  }

  /** An address of the console's. */
  open(address: string): Promise<Response> {
    const { pathname, search } = new URL(address, this.console.base);
    return this.console.request(pathname + search);
  }

  #pathAtOkta(address: string): string {
    const { pathname, search } = new URL(address, this.okta.base);
    return pathname + search;
  }
}
