import { scimPath } from '@keycourier/runtime/scim-url';

export interface BaseUrl {
  /** `https://host/scim/v2`, without a slash at the end. */
  read: () => string;
  /** Where this process listens: what is read without a public URL. */
  servedAt: (url: string) => void;
}

/** The base URL that clients see: the configured one, or where the process listens, whose port may be any free one. */
export function createBaseUrl(publicUrl: string | undefined): BaseUrl {
  let served = '';
  return {
    read: () => `${(publicUrl ?? served).replace(/\/+$/, '')}${scimPath}`,
    servedAt: (url) => {
      served = url;
    },
  };
}
