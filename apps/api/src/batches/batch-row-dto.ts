import type { BatchRow } from '@keycourier/ledger/batches/read-rows';
import { describeProblem } from '@keycourier/messages/describe-problem';

import { toDto } from '../shipments/shipment-dto.ts';
import type { BatchRowDto } from './batch-schema.ts';

/** Shows what became of a row. */
export function toRowDto(given: BatchRow): BatchRowDto {
  switch (given.outcome) {
    case 'rejected':
      return {
        row: given.row,
        status: 'rejected',
        user: given.subject,
        shipmentId: null,
        trackingUrl: null,
        problems: given.problems.map(describeProblem),
        suggestion: null,
      };
    case 'accepted': {
      const { id, status, user, parcel, problems } = toDto(given.shipment);
      const suggestion = given.shipment.secrets.suggestion?.values ?? null;
      const { trackingUrl } = parcel;
      return {
        row: given.row,
        status,
        user,
        shipmentId: id,
        trackingUrl,
        problems,
        suggestion: withoutGaps(suggestion),
      };
    }
  }
}

const withoutGaps = (values: Readonly<Record<string, string | undefined>> | null): Record<string, string> | null =>
  values === null
    ? null
    : Object.fromEntries(
        Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
      );
