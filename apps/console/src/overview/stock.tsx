import type { Stock, StockRead } from '@keycourier/ledger/overview/stock';
import { describeLowStock, describeStockProblem } from '@keycourier/messages/stock';
import type { VNode } from 'preact';

import { countText, Empty, Section } from '../pages/parts.tsx';
import { Table } from '../pages/tables.tsx';
import { Time } from '../pages/time.tsx';
import type { Viewer } from '../pages/viewer.ts';

/** Each stock that is low, as a cause of trouble to come. */
export function LowStock({ stock, viewer }: { stock: readonly Stock[]; viewer: Viewer }): VNode | null {
  const low = stock.filter(({ lowSince }) => lowSince !== null);
  if (low.length === 0) return null;
  return (
    <ul class="causes">
      {low.map((item) => {
        const { happened, toDo } = describeLowStock(item.name, item);
        return (
          <li key={item.inventoryProductId} id={`stock-${item.inventoryProductId}`} class="sheet">
            <a class="number" href="#stock">
              {countText(item.daysLeft ?? item.quantity)}
              <span class="visually-hidden">{item.daysLeft === null ? ' keys left' : ' days left'}</span>
            </a>
            <div>
              <p class="title">{happened}</p>
              <p>{toDo}</p>
              <p class="quiet">
                <code>{`stock_low · inventory ${item.inventoryProductId}`}</code>
                {' · since '}
                <Time at={item.lowSince} viewer={viewer} />
              </p>
            </div>
          </li>
        );
      })}
    </ul>
  );
}

interface TableProps {
  stock: readonly Stock[];
  read: StockRead | null;
  viewer: Viewer;
}

export const StockTable = ({ stock, read, viewer }: TableProps): VNode => (
  <Section id="stock" title="Stock at the provider">
    {stock.length === 0 ? (
      <Empty title={emptyTitle(read)}>{emptyText(read)}</Empty>
    ) : (
      <Table head={['Stock', 'Left', 'Lasts']}>
        {stock.map((item) => (
          <StockRow key={item.inventoryProductId} item={item} />
        ))}
      </Table>
    )}
    {stock.length > 0 && <LastRead read={read} viewer={viewer} />}
  </Section>
);

const emptyTitle = (read: StockRead | null): string => {
  if (read?.problem != null) return 'It cannot be read';
  return read?.readAt == null ? 'Not read yet' : 'The provider names no stock of the products';
};

const emptyText = (read: StockRead | null): string => {
  if (read?.problem != null) return describeStockProblem(read.problem);
  return read?.readAt == null
    ? 'The worker reads it regularly, where the provider reports it.'
    : 'Compare inventoryProductId in keycourier.yaml with the provider’s portal.';
};

const LastRead = ({ read, viewer }: Omit<TableProps, 'stock'>): VNode | null =>
  read === null ? null : (
    <p class="quiet">
      {read.readAt !== null && 'Read '}
      {read.readAt !== null && <Time at={read.readAt} viewer={viewer} />}
      {', next '}
      <Time at={read.nextAt} viewer={viewer} />
      {read.problem !== null && `. ${describeStockProblem(read.problem)}`}
    </p>
  );

function StockRow({ item }: { item: Stock }): VNode {
  const { inventoryProductId, name, quantity, underWay, daysLeft, usedPerDay, lowSince } = item;
  return (
    <tr>
      <td>
        {name}
        <span class="quiet">{`inventory ${inventoryProductId}`}</span>
      </td>
      <td class="number" data-label="left:">
        {countText(quantity)} {lowSince !== null && <span class="badge warn">low</span>}
        {underWay > 0 && <span class="quiet">{`${countText(underWay)} under way`}</span>}
      </td>
      <td data-label="lasts:">
        {daysLeft === null ? lastsText(usedPerDay) : `${countText(daysLeft)} days`}
        {usedPerDay !== null && usedPerDay > 0 && <span class="quiet">{`${usedPerDay.toFixed(1)} a day`}</span>}
      </td>
    </tr>
  );
}

/** An unknown use is no small one. */
const lastsText = (usedPerDay: number | null): string =>
  usedPerDay === null ? 'not known: less than a week of history' : 'none used in four weeks';
