import { CliError } from '../errors.ts';
import type { LocalFile } from './local-file.ts';

/** The API's base URL, and the key to it. */
export interface Connection {
  url: string;
  apiKey: string;
}

export interface ConnectionOptions {
  url?: string | undefined;
  key?: string | undefined;
}

/**
 * The command line wins over the environment, which wins over a running `npm start`. The key in local.json is sent to its
 * own API only, never to a URL that the user sets.
 * @throws CliError `usage`
 */
export function findConnection(
  options: ConnectionOptions,
  environment: ConnectionOptions,
  local: LocalFile | null,
): Connection {
  const url = options.url ?? environment.url ?? local?.api;
  if (url === undefined)
    throw new CliError(
      'usage',
      'No API configured: set KEYCOURIER_URL and KEYCOURIER_API_KEY, or run npm start in this directory',
    );
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw new CliError('usage', 'The URL of the API must start with https:// (or http://)');
  const base = url.replace(/\/+$/, '');
  const apiKey = options.key ?? environment.key ?? (base === local?.api.replace(/\/+$/, '') ? local.apiKey : undefined);
  if (apiKey === undefined) throw new CliError('usage', `No API key for ${base}: set KEYCOURIER_API_KEY`);
  if (!/^[!-~]+$/.test(apiKey)) throw new CliError('usage', 'The API key contains invalid characters');
  return { url: base, apiKey };
}

/** Whether the key would cross a network unencrypted. */
export function isKeyExposed(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && !/^(127(\.\d{1,3}){3}|\[::1\]|localhost)$/.test(hostname);
}
