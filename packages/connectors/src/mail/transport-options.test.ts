import { describe, expect, test } from '@jest/globals';

import { transportOptions } from './transport-options.ts';

const optionsFor = (url: string, plain?: boolean) =>
  transportOptions({
    smtp: { url, ...(plain === undefined ? {} : { plain }) },
    from: 'it@acme.example',
    pinCopyPrivateKeys: [],
  });

describe('encryption', () => {
  test.each([
    'smtp://mail.acme.example',
    'smtp://127.acme.example',
    'smtp://10.0.0.5:25',
    'smtp://localhost.acme.example',
  ])('is required of %s', (url) => {
    expect(optionsFor(url)).toMatchObject({ secure: false, requireTLS: true });
  });

  test.each(['smtp://127.0.0.1:8025', 'smtp://localhost:8025', 'smtp://[::1]:8025'])('is not needed at %s', (url) => {
    expect(optionsFor(url)).not.toHaveProperty('requireTLS');
    expect(optionsFor(url)).toMatchObject({ ignoreTLS: true });
  });

  test('is used where it is offered, when the setting allows plain mail', () => {
    expect(optionsFor('smtp://mail.acme.example', true)).toMatchObject({ opportunisticTLS: true });
    expect(optionsFor('smtp://mail.acme.example', true)).not.toHaveProperty('requireTLS');
  });

  test('starts with the connection for smtps', () => {
    expect(optionsFor('smtps://mail.acme.example')).toMatchObject({ secure: true, port: 465 });
    expect(optionsFor('smtp://mail.acme.example')).toMatchObject({ port: 587 });
  });
});

test('only address and login of the URL are used', () => {
  const options = optionsFor(
    'smtp://u:p@mail.acme.example:25/?logger=true&debug=true&requireTLS=false&tls.rejectUnauthorized=false',
  );
  expect(options).toMatchObject({
    host: 'mail.acme.example',
    port: 25,
    requireTLS: true,
    logger: false,
    debug: false,
    disableFileAccess: true,
    disableUrlAccess: true,
    auth: { user: 'u', pass: 'p' },
  });
  expect(options).not.toHaveProperty('tls');
});

test('every wait has a timeout', () => {
  const { connectionTimeout, greetingTimeout, socketTimeout, dnsTimeout } = optionsFor('smtp://mail.acme.example');
  expect([connectionTimeout, greetingTimeout, socketTimeout, dnsTimeout]).toEqual([10_000, 10_000, 20_000, 10_000]);
});
