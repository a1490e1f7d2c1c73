import type { Command } from 'commander';

import { caller, productList, roles, stockList, type Product, type Stock } from '../api/shapes.ts';
import { printResult, type Cli } from '../cli.ts';
import { clean } from '../output/clean.ts';
import { pairs, table, type Column } from '../output/table.ts';
import { minuteOf } from './minute-of.ts';

/** What the API key in use is, and what it may order. */
export function addAccount(program: Command, cli: Cli): void {
  program
    .command('whoami')
    .description('show the tenant, the API key in use, and what it may do')
    .action(() => whoami(cli));
  program
    .command('products')
    .description('list the products that the tenant may order')
    .action(() => products(cli));
  program
    .command('stock')
    .description('show what is left at the provider, and how long it lasts')
    .action(() => stock(cli));
  program
    .command('roles')
    .description('find out which role a sign-in to the console with these groups of Okta would have, and why')
    .argument('<group...>', 'names of groups, as the claim has them')
    .action((groups: string[]) => checkRoles(cli, groups));
}

async function whoami(cli: Cli): Promise<void> {
  const api = await cli.api();
  const found = await api.request(caller, { method: 'GET', path: '/v1/me' });
  const { tenant, apiKey, mode } = found;
  printResult(cli, found, () =>
    pairs(cli.terminal, [
      ['Tenant', clean(tenant)],
      ['API key', clean(apiKey.name === null ? apiKey.id : `${apiKey.name} (${apiKey.id})`)],
      ['Scopes', clean(apiKey.scopes.join(', '))],
      ['Expires', apiKey.expiresAt === null ? 'never' : minuteOf(apiKey.expiresAt)],
      ['Mode', clean(mode ?? '')],
    ]),
  );
}

async function checkRoles(cli: Cli, groups: readonly string[]): Promise<void> {
  const api = await cli.api();
  const found = await api.request(roles, { method: 'POST', path: '/v1/roles/check', json: { groups } });
  const columns: readonly Column<(typeof found.groups)[number]>[] = [
    { title: 'GROUP', of: ({ name }) => clean(name) },
    { title: 'ROLE', of: ({ role }) => role ?? 'none' },
    { title: 'BECAUSE', of: ({ message }) => clean(message) },
  ];
  printResult(cli, found, () => [clean(found.message), table(cli.terminal, columns, found.groups)].join('\n\n'));
}

async function products(cli: Cli): Promise<void> {
  const api = await cli.api();
  const found = await api.request(productList, { method: 'GET', path: '/v1/products' });
  const columns: readonly Column<Product>[] = [
    { title: 'PRODUCT', of: ({ productId }) => productId },
    { title: 'INVENTORY PRODUCT', of: ({ inventoryProductId }) => inventoryProductId },
    { title: 'CUSTOMIZATION', of: ({ customizationId }) => customizationId },
  ];
  printResult(cli, found, () => table(cli.terminal, columns, found.items));
}

async function stock(cli: Cli): Promise<void> {
  const api = await cli.api();
  const found = await api.request(stockList, { method: 'GET', path: '/v1/stock' });
  const { paint } = cli.terminal;
  const columns: readonly Column<Stock>[] = [
    { title: 'INVENTORY', of: ({ inventoryProductId }) => inventoryProductId },
    { title: 'NAME', of: ({ name }) => clean(name) },
    { title: 'LEFT', of: ({ quantity }) => String(quantity) },
    { title: 'UNDER WAY', of: ({ underWay }) => String(underWay) },
    { title: 'A DAY', of: ({ usedPerDay }) => usedPerDay?.toFixed(1) ?? '-' },
    { title: 'LASTS', of: ({ daysLeft }) => (daysLeft === null ? '-' : `${daysLeft} days`) },
    { title: '', of: ({ lowSince }) => (lowSince === null ? '' : paint.yellow('low')) },
  ];
  printResult(cli, found, () => {
    const read = found.lastReadAt === null ? 'Not read yet.' : `Read at ${minuteOf(found.lastReadAt)}.`;
    const last = found.problem?.message === undefined ? read : `${read} ${clean(found.problem.message)}`;
    return [...(found.items.length === 0 ? [] : [table(cli.terminal, columns, found.items)]), last].join('\n');
  });
}
