import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { startProxy, type ConnectProxy } from '../testing/connect-proxy.ts';
import { everythingIn, faultOf } from '../testing/fault-of.ts';
import { json, serve, unusedUrl, type TestServer } from '../testing/http-server.ts';
import { exchange, type HttpAnswer } from './exchange.ts';
import { proxyOf, proxyProblems } from './outbound-proxy.ts';

const names = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY', 'NO_PROXY'].flatMap((name) => [name, name.toLowerCase()]);
const before = Object.fromEntries(names.map((name) => [name, process.env[name]]));

beforeEach(() => names.forEach((name) => delete process.env[name]));
afterEach(() => {
  for (const name of names) {
    const value = before[name];
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

const originFor = (url: string): string | null => proxyOf(new URL(url))?.origin ?? null;

describe('the proxy of the environment', () => {
  test('is that of the scheme, in either case of its name', () => {
    Object.assign(process.env, { HTTPS_PROXY: 'http://one.example:3128', http_proxy: 'http://two.example:8080/' });
    expect(originFor('https://acme.okta.com/api/v1')).toBe('http://one.example:3128');
    expect(originFor('http://hris.example')).toBe('http://two.example:8080');
    process.env['https_proxy'] = 'https://three.example';
    expect(originFor('https://acme.okta.com')).toBe('https://three.example');
  });

  test('is ALL_PROXY where the scheme has none', () => {
    process.env['ALL_PROXY'] = 'http://all.example:3128';
    expect(originFor('https://acme.okta.com')).toBe('http://all.example:3128');
  });

  test.each([
    ['*', 'https://acme.okta.com'],
    ['acme.okta.com', 'https://acme.okta.com'],
    ['.okta.com', 'https://acme.okta.com'],
    ['*.okta.com', 'https://acme.okta.com'],
    ['other.example, acme.okta.com:443', 'https://acme.okta.com'],
    ['10.0.0.7', 'https://10.0.0.7:8443/people'],
  ])('is not used where NO_PROXY is %s', (value, url) => {
    process.env['HTTPS_PROXY'] = 'http://one.example:3128';
    expect(originFor(url)).not.toBeNull();
    process.env['no_proxy'] = value;
    expect(originFor(url)).toBeNull();
  });

  test.each(['acme.okta.com:8443', 'okta.com', 'acme.okta.com.evil.example'])(
    'is used where NO_PROXY is %s',
    (value) => {
      Object.assign(process.env, { HTTPS_PROXY: 'http://one.example:3128', NO_PROXY: value });
      expect(originFor('https://acme.okta.com')).not.toBeNull();
    },
  );

  test('is never used for this machine, unless NO_PROXY asks for it', () => {
    Object.assign(process.env, { HTTPS_PROXY: 'http://one.example', HTTP_PROXY: 'http://one.example' });
    for (const host of ['localhost:8090', '127.0.0.1', '127.1.2.3:80', '[::1]:443']) {
      delete process.env['NO_PROXY'];
      expect(originFor(`https://${host}/`)).toBeNull();
      process.env['NO_PROXY'] = 'other.example,<-loopback>';
      expect(originFor(`http://${host}/`)).toBe('http://one.example');
    }
  });

  test('has a login with any character, which is no part of its name', () => {
    process.env['HTTPS_PROXY'] = 'http://corp\\user:p@ss/w#rd@one.example:3128';
    const login = Buffer.from('corp\\user:p@ss/w#rd').toString('base64');
    expect(proxyOf(new URL('https://acme.okta.com'))).toEqual({
      origin: 'http://one.example:3128',
      authorization: `Basic ${login}`,
    });
  });

  test.each(['one.example:3128', 'socks5://canary:canary@one.example', 'http://', 'canary'])(
    'is refused at the start, without its value, if it is %s',
    (value) => {
      process.env['HTTPS_PROXY'] = value;
      const [problem = '', ...others] = proxyProblems();
      expect(others).toEqual([]);
      expect(problem).toMatch(/^HTTPS_PROXY: /);
      expect(problem).not.toContain('canary');
    },
  );

  test('is no problem where there is none', () => {
    process.env['HTTPS_PROXY'] = '';
    expect(proxyProblems()).toEqual([]);
  });
});

describe('a request through a proxy', () => {
  let target: TestServer;
  let proxy: ConnectProxy | null = null;
  beforeEach(async () => {
    target = await serve(json(200, { ok: true }));
  });
  afterEach(async () => {
    await proxy?.close();
    await target.close();
    proxy = null;
  });

  const send = (url = target.url, timeoutMs = 20_000): Promise<HttpAnswer> =>
    exchange('okta', { method: 'GET', url: new URL(`${url}/path`), headers: {} }, timeoutMs);

  async function use(behaviour: Parameters<typeof startProxy>[0], login = ''): Promise<ConnectProxy> {
    proxy = await startProxy(behaviour);
    Object.assign(process.env, { HTTP_PROXY: `http://${login}127.0.0.1:${proxy.port}`, NO_PROXY: '<-loopback>' });
    return proxy;
  }

  test('arrives through its tunnel', async () => {
    const { tunnels } = await use({});
    expect(await send()).toMatchObject({ status: 200, json: { ok: true } });
    expect(tunnels).toEqual([{ target: new URL(target.url).host, authorization: undefined }]);
    expect(target.seen[0]?.headers).not.toHaveProperty('proxy-authorization');
  });

  test('is direct where NO_PROXY names its host', async () => {
    const { tunnels } = await use({});
    process.env['NO_PROXY'] = '<-loopback>,127.0.0.1';
    expect(await send()).toMatchObject({ status: 200 });
    expect(tunnels).toEqual([]);
  });

  test('logs in to the proxy, and the service sees nothing of it', async () => {
    const { tunnels } = await use({ login: 'user:p@ss' }, 'user:p%40ss@');
    expect(await send()).toMatchObject({ status: 200 });
    expect(tunnels).toHaveLength(1);
    expect(target.seen[0]?.headers).not.toHaveProperty('proxy-authorization');
  });

  test('that the proxy refuses was not sent, and the error names the proxy without its login', async () => {
    const { port } = await use({ login: 'user:right' }, 'user:canary@');
    const fault = await faultOf(send());
    expect(fault).toMatchObject({
      fault: 'unreachable',
      message: `cannot be reached through the proxy http://127.0.0.1:${port} (the proxy answered 407)`,
    });
    expect(everythingIn(fault)).not.toContain('canary');
    expect(target.seen).toEqual([]);
  });

  test('whose proxy is away was not sent', async () => {
    const url = await unusedUrl();
    Object.assign(process.env, { HTTP_PROXY: url, NO_PROXY: '<-loopback>' });
    expect(await faultOf(send())).toMatchObject({
      fault: 'unreachable',
      message: `cannot be reached through the proxy ${url} (ECONNREFUSED)`,
    });
  });

  test('whose proxy says nothing was not sent', async () => {
    await use({ isSilent: true });
    const fault = await faultOf(send());
    expect(fault).toMatchObject({ fault: 'unreachable', message: expect.stringContaining('UND_ERR_HEADERS_TIMEOUT') });
    expect(target.seen).toEqual([]);
  });

  test('whose proxy hangs up, because the service is away behind it, was not sent', async () => {
    const { tunnels } = await use({});
    expect(await faultOf(send(await unusedUrl()))).toMatchObject({
      fault: 'unreachable',
      message: expect.stringContaining('(PROXY_CLOSED)'),
    });
    expect(tunnels).toHaveLength(1);
  });
});
