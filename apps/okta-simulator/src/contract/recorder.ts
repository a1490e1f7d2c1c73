import type { RequestHandler } from 'express';

/** One request and its response, as sent over the network. */
export interface Exchange {
  method: string;
  path: string;
  query: string[];
  status: number;
  requestBody: unknown;
  /** Undefined for an empty body. */
  answerBody: unknown;
}

/** A middleware that records every exchange of the server. */
export function createRecorder(): { exchanges: Exchange[]; record: RequestHandler } {
  const exchanges: Exchange[] = [];
  const record: RequestHandler = (request, response, next) => {
    const url = new URL(request.originalUrl, 'http://recorder.example');
    let answerBody: unknown;
    const json = response.json.bind(response);
    response.json = (body: unknown) => {
      answerBody = structuredClone(JSON.parse(JSON.stringify(body)));
      return json(body);
    };
    response.on('finish', () => {
      const requestBody: unknown = request.body;
      const query = [...url.searchParams.keys()];
      const { method } = request;
      exchanges.push({ method, path: url.pathname, query, status: response.statusCode, requestBody, answerBody });
    });
    next();
  };
  return { exchanges, record };
}
