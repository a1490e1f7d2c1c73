import { ConnectorError, type Service } from '@keycourier/journey/ports/errors';

/**
 * Returns an id that can be one segment of a path. An empty one, or dots alone, would address another resource.
 * @throws ConnectorError `not_found`
 */
export function segment(service: Service, id: string): string {
  if (/^\.{0,2}$/.test(id))
    throw new ConnectorError({ service, fault: 'not_found' }, 'was called with an id that cannot exist');
  return id;
}
