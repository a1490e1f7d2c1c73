import { createHash } from 'node:crypto';

/** A uuid in Okta's form, the same for the same label. */
export const eventUuid = (label: string | number): string =>
  createHash('sha256')
    .update(String(label))
    .digest('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
