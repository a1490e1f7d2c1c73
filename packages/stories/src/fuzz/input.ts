/** The apps whose listeners are attacked. */
export const apps = ['receiver', 'api', 'console', 'scim'] as const;
export type App = (typeof apps)[number];

export const kinds = ['hook', 'api', 'csv', 'json-batch', 'console', 'board', 'scim', 'raw'] as const;
export type Kind = (typeof kinds)[number];

/** One connection: what is written on it, in which pieces, and how it ends. */
export interface FuzzInput {
  kind: Kind;
  app: App;
  pieces: readonly Uint8Array[];
  /** Between two pieces. */
  pauseMs: number;
  /** Whether a whole request is sent, so that an answer has to come. Else the client leaves after a while. */
  isWhole: boolean;
}

export interface HttpRequest {
  method: string;
  target: string;
  headers: readonly (readonly [string, string])[];
  body: Uint8Array | null;
}

/** The request as bytes; header values are sent as Latin-1, without any check. */
export function bytesOf({ method, target, headers, body }: HttpRequest): Buffer {
  const hasLength = headers.some(([name]) => /^(?:content-length|transfer-encoding)$/i.test(name));
  const length = body === null || hasLength ? [] : [['content-length', String(body.length)] as const];
  const lines = [
    `${method} ${target} HTTP/1.1`,
    ...[...headers, ...length].map(([name, value]) => `${name}: ${value}`),
  ];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body ?? Buffer.alloc(0)]);
}
