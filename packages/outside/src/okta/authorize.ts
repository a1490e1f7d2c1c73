import type { OktaSettings } from './settings.ts';

/** The one place that knows how a request shows who asks: an SSWS token for now. */
export async function authorize(settings: OktaSettings): Promise<Readonly<Record<string, string>>> {
  return { authorization: `SSWS ${await settings.token()}` };
}
