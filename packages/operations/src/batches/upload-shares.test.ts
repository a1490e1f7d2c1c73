import { expect, test } from '@jest/globals';
import { ShareError } from '@keycourier/runtime/tenant-shares';

import { createUploadShares } from './upload-shares.ts';

const mebibyte = 1_048_576;

test('a tenant has so many uploads at once, and others are not affected', () => {
  const { enter } = createUploadShares({ uploadsPerTenant: 2, maxMebibytes: 10 });
  const [first] = [enter('acme'), enter('acme')];
  expect(() => enter('acme')).toThrow(ShareError);
  expect(() => [enter('globex'), enter('globex')]).not.toThrow();
  first?.leave();
  expect(() => enter('acme')).not.toThrow();
});

test('a tenant has half of the space, with all of its files together, and gets it back', () => {
  const { enter } = createUploadShares({ uploadsPerTenant: 9, maxMebibytes: 10 });
  const [one, other] = [enter('acme'), enter('acme')];
  one.take(3 * mebibyte);
  other.take(2 * mebibyte);
  expect(() => other.take(1)).toThrow(ShareError);
  const [two] = [enter('globex')];
  expect(() => two.take(5 * mebibyte)).not.toThrow();
  expect(() => enter('initech').take(1)).toThrow(ShareError);
  one.leave();
  expect(() => other.take(3 * mebibyte)).not.toThrow();
  two.leave();
  expect(() => enter('initech').take(5 * mebibyte)).not.toThrow();
});
