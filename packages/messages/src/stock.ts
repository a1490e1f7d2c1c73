import type { StockProblem } from '@keycourier/journey/model/stock';

const problems: Readonly<Record<StockProblem, string>> = {
  not_offered:
    'The account may not read its stock, or the provider does not offer it. Shipments continue: look at the stock in the provider’s portal, or create the token for a user who may read it.',
  unauthorized: 'The provider does not accept the token in fulfillment.token. Renew it.',
  refused: 'The provider refuses to say what is in stock.',
  unanswered: 'The provider did not answer, or in a form that is not known. It is asked again.',
};

/** What stops the reading of a tenant's stock, and what to do about it. */
export const describeStockProblem = (code: StockProblem): string => problems[code];

interface LowStock {
  quantity: number;
  underWay: number;
  daysLeft: number | null;
}

const keys = (count: number): string => `${count} ${count === 1 ? 'key' : 'keys'}`;

/** Why a stock counts as low, and the remedy. */
export function describeLowStock(name: string, { quantity, underWay, daysLeft }: LowStock) {
  const requested = underWay > 0 ? `, and ${keys(underWay)} of them are requested already` : '';
  const days = `for ${daysLeft} ${daysLeft === 1 ? 'day' : 'days'} at the usual use`;
  if (quantity <= 0)
    return {
      happened: `Nothing is left of ${name}`,
      toDo: 'Orders from it are refused by the provider. Buy keys, or have other products requested.',
    };
  return {
    happened: daysLeft === null ? `${name}: ${keys(quantity)} left` : `${name} lasts ${days}: ${keys(quantity)} left`,
    toDo: `Buy keys: a purchase takes weeks${requested}.`,
  };
}
