import type { Refusal } from '@keycourier/ledger/directory/refusal';
import type { Scope } from '@keycourier/ledger/directory/scope';
import type { StoredUser } from '@keycourier/ledger/directory/users/read-user';
import type { BulkMethod } from '@keycourier/scim-protocol/bulk/bulk-operation';
import type { JsonValue } from '@keycourier/scim-protocol/json';

export interface WriteRequest {
  /** Empty for a POST. */
  id: string;
  /** The header of this name, or a bulk operation's `version`. */
  ifMatch: string | undefined;
  body: JsonValue | undefined;
}

export interface Written {
  id: string;
  /** As a read finds it now, where the write knows: then it is not read again. */
  user?: StoredUser;
}

/** @throws ScimError for a body that cannot be read */
type Write = (scope: Scope, request: WriteRequest) => Promise<(Written & { outcome: string }) | Refusal>;

export type Writes = Readonly<Record<BulkMethod, Write>>;
