/** A tenant has used up its share of something that there is little of. Others are not affected. */
export class ShareError extends Error {
  readonly code = 'share_used_up';
  readonly level = 'info';

  constructor() {
    super('The tenant has used up its share');
    this.name = 'ShareError';
  }
}

/** Of connections, for each tenant. */
export interface TenantShares {
  /** @throws ShareError when too much of this tenant's work waits, or this waited too long: then it was not begun */
  run: <Result>(tenant: string, work: () => Promise<Result>) => Promise<Result>;
}
