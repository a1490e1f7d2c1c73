import { Agent, Pool, ProxyAgent, type Dispatcher } from 'undici';

import { codeOf } from './fault-of-socket.ts';
import type { OutboundProxy } from './outbound-proxy.ts';

/** Less than the time for the whole call: only a call without a connection is known to have no effect. */
const connectTimeoutMs = 5_000;

/** undici limits the answers of an agent, not of a request: one agent for each limit and proxy. */
const agents = new Map<string, Dispatcher>();

/** What sends a request, directly or through a proxy; connections are kept and reused. */
export function dispatcherFor(maxAnswerBytes: number, proxy: OutboundProxy | null): Dispatcher {
  const key = `${maxAnswerBytes} ${proxy?.origin ?? ''} ${proxy?.authorization ?? ''}`;
  const known = agents.get(key);
  if (known !== undefined) return known;
  // The deadline of the whole call covers the timeouts that are off.
  const options = { maxResponseSize: maxAnswerBytes, headersTimeout: 0, bodyTimeout: 0 };
  const agent =
    proxy === null ? new Agent({ ...options, connect: { timeout: connectTimeoutMs } }) : through(proxy, options);
  agents.set(key, agent);
  return agent;
}

/** Always a tunnel (CONNECT): the proxy sees the host, and of https nothing else. */
function through({ origin, authorization }: OutboundProxy, options: Agent.Options): ProxyAgent {
  const timeout = connectTimeoutMs;
  return new ProxyAgent({
    ...options,
    uri: origin,
    ...(authorization === undefined ? {} : { token: authorization }),
    proxyTls: { timeout },
    requestTls: { timeout },
    // A proxy that is silent has opened no tunnel, so the request was certainly not sent.
    clientFactory: (url, client) => failingAtOnce(new Pool(url, { ...client, headersTimeout: timeout })),
  });
}

/**
 * undici takes a broken connection (`UND_ERR_SOCKET`) for one that was idle for too long, and tries again without end. Of a
 * connection to a proxy, this one code says no more than that no tunnel was opened.
 */
function failingAtOnce(pool: Pool): Pool {
  const connect = pool.connect.bind(pool);
  const connectOnce: Pool['connect'] = async (options: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData> => {
    try {
      return await connect(options);
    } catch (error) {
      throw codeOf(error) === 'UND_ERR_SOCKET' ? new BrokenTunnel() : error;
    }
  };
  return Object.assign(pool, { connect: connectOnce });
}

class BrokenTunnel extends Error {
  readonly code = 'PROXY_CLOSED';
  readonly level = 'warn';
}
