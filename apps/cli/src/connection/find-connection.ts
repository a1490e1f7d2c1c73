import { CliError } from '../errors.ts';
import type { LocalFile } from './local-file.ts';

/** Where the API is, and the key to it. */
export interface Connection {
  url: string;
  apiKey: string;
}

export interface Given {
  url?: string | undefined;
  key?: string | undefined;
}

/**
 * The command line goes before the environment, and that before a running `npm start`. The key in local.json is for its
 * own API alone: it is never sent to an address that somebody names.
 * @throws CliError `usage`
 */
export function findConnection(given: Given, environment: Given, local: LocalFile | null): Connection {
  const url = given.url ?? environment.url ?? local?.api;
  if (url === undefined)
    throw new CliError(
      'usage',
      'No keycourier is known: set KEYCOURIER_URL and KEYCOURIER_API_KEY, or run npm start in this directory',
    );
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw new CliError('usage', 'The URL of the API must start with https:// (or http://)');
  const base = url.replace(/\/+$/, '');
  const apiKey = given.key ?? environment.key ?? (base === local?.api.replace(/\/+$/, '') ? local.apiKey : undefined);
  if (apiKey === undefined) throw new CliError('usage', `No API key is known for ${base}: set KEYCOURIER_API_KEY`);
  if (!/^[!-~]+$/.test(apiKey)) throw new CliError('usage', 'The API key holds characters that no key has');
  return { url: base, apiKey };
}

/** Whether the key would cross a network in clear. */
export function isKeyExposed(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && !/^(127(\.\d{1,3}){3}|\[::1\]|localhost)$/.test(hostname);
}
