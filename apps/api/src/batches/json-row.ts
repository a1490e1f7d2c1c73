import { isPlainName } from '@keycourier/http/problems-of';
import type { Problem } from '@keycourier/journey/model/shipment';
import { maxRowLength } from '@keycourier/operations/batches/limits';
import type { RawRow } from '@keycourier/operations/batches/raw-row';
import { Assembler } from 'stream-json/core/assembler.js';
import type { Token } from 'stream-json/core/parser.js';

/** The size of a row is counted token by token: one for each token, plus the length of text. */
const lengthOf = (token: Token): number =>
  1 + (token.name === 'stringChunk' || token.name === 'numberChunk' ? token.value.length : 0);

/**
 * Assembles rows from tokens. A row that is too long, or has two members of one name, is dropped and reported by its
 * number.
 */
export function createRowReader(): { take: (token: Token) => RawRow[] } {
  let assembler = new Assembler();
  let row = 0;
  let depth = 0;
  let length = 0;
  let text = '';
  let names = createNameCheck();
  const finish = (): RawRow[] => {
    const isTooLong = length > maxRowLength;
    const problems: Problem[] = isTooLong ? [{ field: 'row', code: 'too_large' }] : names.problems();
    const fields: unknown = isTooLong ? {} : assembler.current;
    assembler = new Assembler();
    names = createNameCheck();
    length = 0;
    row += 1;
    return [{ row, fields, problems }];
  };
  const take = (token: Token): void => {
    if (length > maxRowLength) return;
    if (token.name === 'stringChunk' || token.name === 'numberChunk') text += token.value;
    else {
      const packed = pack(token, text);
      if (packed !== null) {
        assembler.consume(packed);
        names.add(packed);
      }
      text = '';
    }
  };
  return {
    take: (token) => {
      length += lengthOf(token);
      take(token);
      if (token.name === 'startObject' || token.name === 'startArray') depth += 1;
      if (token.name === 'endObject' || token.name === 'endArray') depth -= 1;
      return depth === 0 && isEnd(token) ? finish() : [];
    },
  };
}

/** Finds members that have the name of an earlier one of their object. */
function createNameCheck(): { add: (token: Token) => void; problems: () => Problem[] } {
  const objects: Set<string>[] = [];
  const repeated = new Set<string>();
  return {
    add: (token) => {
      if (token.name === 'startObject') objects.push(new Set());
      else if (token.name === 'endObject') objects.pop();
      else if (token.name === 'keyValue') {
        if (objects.at(-1)?.has(token.value) === true) repeated.add(isPlainName(token.value) ? token.value : 'row');
        objects.at(-1)?.add(token.value);
      }
    },
    problems: () => [...repeated].slice(0, 20).map((field) => ({ field, code: 'repeated' })),
  };
}

/** The assembler expects keys, strings and numbers as single tokens. */
function pack(token: Token, text: string): Token | null {
  if (token.name === 'endKey') return { name: 'keyValue', value: text };
  if (token.name === 'endString') return { name: 'stringValue', value: text };
  if (token.name === 'endNumber') return { name: 'numberValue', value: text };
  return token.name === 'startKey' || token.name === 'startString' || token.name === 'startNumber' ? null : token;
}

/** A row ends with its value, which need not be an object. */
const isEnd = ({ name }: Token): boolean =>
  name === 'endObject' ||
  name === 'endArray' ||
  name === 'endString' ||
  name === 'endNumber' ||
  /^(?:null|true|false)Value$/.test(name);
