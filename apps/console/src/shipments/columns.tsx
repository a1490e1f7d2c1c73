import { causeOf } from '@keycourier/journey/model/cause';
import type { Shipment } from '@keycourier/journey/model/shipment';
import { statusOf } from '@keycourier/journey/model/status';
import { remedyFor } from '@keycourier/messages/remedies';
import type { VNode } from 'preact';

import { StatusMark } from '../pages/parts.tsx';
import { TimeCell } from '../pages/tables.tsx';
import type { Viewer } from '../pages/viewer.ts';
import type { ColumnName } from './column-names.ts';

interface CellProps {
  shipment: Shipment;
  viewer: Viewer;
}

/** A cell of each column. */
export const cells: Readonly<Record<ColumnName, (props: CellProps) => VNode>> = {
  status: ({ shipment: { plan, hold } }) => (
    <td>
      <StatusMark status={statusOf(plan)} />
      {hold !== null && <span class="quiet">{remedyFor(causeOf(hold)).happened}</span>}
    </td>
  ),
  key: ({ shipment: { purpose, product, credential, trigger }, viewer }) => (
    <td class="key">
      {`${purpose}, product ${product.productId}`}
      {!viewer.columns.includes('serial') && (
        <span class="quiet">{credential.serial === null ? `by ${trigger}` : `serial ${credential.serial}`}</span>
      )}
    </td>
  ),
  serial: ({ shipment: { credential } }) => <td data-label="serial:">{credential.serial ?? '–'}</td>,
  tracking: ({ shipment: { parcel } }) => (
    <td data-label="tracking:">{[parcel.carrier, parcel.trackingNumber].filter(Boolean).join(' ') || '–'}</td>
  ),
  origin: ({ shipment: { trigger } }) => <td data-label="by:">{trigger}</td>,
  requested: ({ shipment, viewer }) => <TimeCell at={shipment.createdAt} label="requested" viewer={viewer} />,
  changed: ({ shipment, viewer }) => <TimeCell at={shipment.updatedAt} label="changed" viewer={viewer} />,
  pinSent: ({ shipment, viewer }) => <TimeCell at={shipment.pin.sentAt} label="PIN mailed" viewer={viewer} />,
};
