import { problemOfName } from '@keycourier/http/problems-of';
import type { Problem } from '@keycourier/journey/model/shipment';
import { maxDepth } from '@keycourier/operations/batches/limits';
import { UnreadableFile, type RawRow } from '@keycourier/operations/batches/raw-row';
import { JsonError } from '@keycourier/runtime/json/json-limits';
import type { Token } from 'stream-json/core/parser.js';

import { createRowReader } from './json-row.ts';

export interface BodyReader {
  /** @returns the row that ends with this token, if any */
  take: (token: Token) => RawRow[];
  /** @throws JsonError for half a body, UnreadableFile unless it was `{ "rows": [ … ] }` */
  end: () => void;
}

const depths: Readonly<Partial<Record<Token['name'], number>>> = {
  startObject: 1,
  startArray: 1,
  endObject: -1,
  endArray: -1,
};

/** Follows the tokens of a body. Its only key is `rows`, whose items go to the row reader. */
export function createBodyReader(): BodyReader {
  let depth = 0;
  let hasStarted = false;
  let key = '';
  const keys = createKeyCheck();
  const row = createRowReader();
  const isInRows = (): boolean => depth >= 2 && key === 'rows';

  const takeOutsideRows = (token: Token): void => {
    if (depth === 0 && token.name !== 'startObject') throw new UnreadableFile({ field: 'body', code: 'invalid' });
    if (depth !== 1) return;
    if (token.name === 'startKey') key = '';
    else if (token.name === 'stringChunk') key = (key + token.value).slice(0, 100);
    else if (token.name === 'endKey') keys.add(key);
    else if (key === 'rows' && isValue(token) && token.name !== 'startArray')
      throw new UnreadableFile({ field: 'rows', code: 'invalid' });
  };
  return {
    take: (token) => {
      const change = depths[token.name] ?? 0;
      const isRow = isInRows() && !(depth === 2 && token.name === 'endArray');
      const rows = isRow ? row.take(token) : [];
      if (!isRow) takeOutsideRows(token);
      depth += change;
      hasStarted = true;
      if (depth > maxDepth) throw new JsonError('too_deep');
      return rows;
    },
    end: () => {
      if (depth > 0 || !hasStarted) throw new JsonError('not_json');
      keys.end();
    },
  };
}

/** Requires `rows` exactly once, and no other key. */
function createKeyCheck(): { add: (name: string) => void; end: () => void } {
  let lists = 0;
  const unknown: Problem[] = [];
  return {
    add: (name) => {
      if (name === 'rows') lists += 1;
      else if (unknown.length < 20) unknown.push(problemOfName(name, 'body'));
      if (lists > 1) throw new UnreadableFile({ field: 'rows', code: 'repeated' });
    },
    end: () => {
      if (unknown.length > 0) throw new UnreadableFile(...unknown);
      if (lists === 0) throw new UnreadableFile({ field: 'rows', code: 'invalid' });
    },
  };
}

const isValue = ({ name }: Token): boolean => name.startsWith('start') || /^(?:null|true|false)Value$/.test(name);
