import { ShareError } from '@keycourier/runtime/tenant-shares';

export interface UploadLimits {
  /** Files of a tenant that are being received, wait or are being written. */
  uploadsPerTenant: number;
  /** Of temporary disk space, for the files of all tenants. One tenant's may have half of it. */
  maxMebibytes: number;
}

/** What an upload takes of the temporary disk space. */
export interface UploadPlace {
  /** Takes more of it. @throws ShareError */
  take: (bytes: number) => void;
  leave: () => void;
}

export interface UploadShares {
  /** Before any of the body is read. @throws ShareError when the tenant has as many files here as it may */
  enter: (tenant: string) => UploadPlace;
}

/** Limits what uploads that wait take from others: their number for each tenant, and their bytes. */
export function createUploadShares({ uploadsPerTenant, maxMebibytes }: UploadLimits): UploadShares {
  const maxBytes = maxMebibytes * 1_048_576;
  const byTenant = new Map<string, { uploads: number; bytes: number }>();
  let allBytes = 0;
  return {
    enter: (tenant) => {
      const used = byTenant.get(tenant) ?? { uploads: 0, bytes: 0 };
      if (used.uploads >= uploadsPerTenant) throw new ShareError();
      byTenant.set(tenant, used);
      used.uploads += 1;
      let ownBytes = 0;
      const add = (bytes: number): void => {
        ownBytes += bytes;
        used.bytes += bytes;
        allBytes += bytes;
      };
      return {
        take: (bytes) => {
          if (used.bytes + bytes > maxBytes / 2 || allBytes + bytes > maxBytes) throw new ShareError();
          add(bytes);
        },
        leave: () => {
          add(-ownBytes);
          used.uploads -= 1;
          if (used.uploads === 0) byTenant.delete(tenant);
        },
      };
    },
  };
}
