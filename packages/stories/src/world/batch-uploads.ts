import { request as httpRequest, type ClientRequest } from 'node:http';

import { waitUntil } from '@keycourier/local/clients/wait-until';

import { queryLedger } from './ledger.ts';
import { product } from './people.ts';
import type { World } from './world.ts';

export const unknownRows = 10;
export const rejectedRows = 12;
/** Of {@link uploadUntilWritten}. */
export const writtenRows = 20_000;

/** Valid rows, ten rows for users whom Okta does not know, and twelve invalid rows. */
export function csvOf(staff: readonly string[], moved: readonly string[]): string {
  const { productId, inventoryProductId, customizationId } = product;
  const line = (login: string, more: { productId?: string; purpose?: string } = {}): string =>
    [
      login,
      more.productId ?? productId,
      inventoryProductId,
      customizationId,
      more.purpose ?? '',
      'a "new" desk; 2nd floor',
    ]
      .map((cell) => `"${cell.replaceAll('"', '""')}"`)
      .join(',');
  const invalid = [
    ...staff.slice(0, 6).map((login) => line(login.toUpperCase())),
    ...staff.slice(0, 2).map((login) => line(login, { purpose: 'spare' })),
    line(''),
    line(''),
    line('x@acme.example', { productId: '999' }),
    line('y@acme.example', { productId: '998' }),
  ];
  const unknown = Array.from({ length: unknownRows }, (_, index) => line(`unknown-${index}@acme.example`));
  const header = 'login,productId,inventoryProductId,customizationId,purpose,note';
  return `\uFEFF${[header, ...staff.map((login) => line(login)), ...moved.map((login) => line(login)), ...unknown, ...invalid].join('\r\n')}\r\n`;
}

const unknownUsers = (count: number): string =>
  [
    ['login', ...Object.keys(product)].join(),
    ...Array.from({ length: count }, (_, index) =>
      [`unknown-user-${index}@acme.example`, ...Object.values(product)].join(),
    ),
  ].join('\n');

/** Sends the first part of a file and keeps the connection open. */
export async function startUpload(world: World, tenant: string): Promise<{ destroy: () => void }> {
  const part = unknownUsers(1_000);
  const upload = post(world, tenant, Buffer.byteLength(part) + 10_000);
  await new Promise<void>((resolve) => upload.write(part, () => resolve()));
  return upload;
}

/** Sends a complete file, and resolves when some of its rows are in an open transaction. */
export async function uploadUntilWritten(world: World, tenant: string): Promise<{ destroy: () => void }> {
  const file = unknownUsers(writtenRows);
  const upload = post(world, tenant, Buffer.byteLength(file));
  let isAnswered = false;
  upload.once('response', () => (isAnswered = true));
  upload.end(file);
  // Where this process stood still, all of them may have been written.
  await waitUntil('rows to be written', async () => isAnswered || (await writers(world)) > 0, { everyMs: 5 });
  return upload;
}

function post(world: World, tenant: string, lengthBytes: number): ClientRequest {
  const upload = httpRequest(`${world.stack.children.get('api')?.url}/v1/batches`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${world.stack.keys.tenantTokens(tenant).apiKey}`,
      'content-type': 'text/csv',
      'content-length': lengthBytes,
    },
  });
  return upload.on('error', () => undefined);
}

/** The number of transactions that are writing a batch. */
export async function writers(world: World): Promise<number> {
  const writing = await queryLedger(
    world,
    "select 1 from pg_locks where relation = 'batch_rejections'::regclass or relation = 'batches'::regclass and mode = 'RowExclusiveLock'",
  );
  return writing.length;
}
