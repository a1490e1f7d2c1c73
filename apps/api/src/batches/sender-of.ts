import type { Caller } from '../endpoint.ts';
import { refuseAddresses } from '../shipments/refuse-addresses.ts';
import type { SenderData } from './batch-to-write.ts';

/** Who sends a batch with an API key. */
export function senderOf(caller: Caller): SenderData {
  const {
    tenant: { name, products, pinPolicy },
    apiKey: { id },
  } = caller;
  return {
    tenant: { name, products, pinPolicy },
    requestedBy: id,
    apiKeyId: id,
    refusal: refuseAddresses(caller, 'override'),
  };
}
