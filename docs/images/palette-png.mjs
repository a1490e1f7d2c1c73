import { crc32, deflateSync, inflateSync } from 'node:zlib';

import { PicturesError } from './errors.mjs';

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const maxColors = 256;

/** A screenshot with its 256 most frequent colors, every other as the nearest of these: a third of its size or less. */
export function palettePng(screenshot) {
  const { width, height, pixels } = decode(screenshot);
  const counts = new Map();
  for (const color of pixels) counts.set(color, (counts.get(color) ?? 0) + 1);
  const byCount = [...counts].toSorted(([, one], [, other]) => other - one).map(([color]) => color);
  const palette = byCount.slice(0, maxColors);
  const indexes = new Map(byCount.map((color, rank) => [color, rank < maxColors ? rank : nearest(palette, color)]));

  const rows = Buffer.alloc(height * (width + 1));
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) rows[y * (width + 1) + 1 + x] = indexes.get(pixels[y * width + x]);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3], 8);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(palette.flatMap(channels))),
    chunk('IDAT', deflateSync(rows, { level: 9, memLevel: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Reads what Chromium writes: eight bits a channel, without interlacing; a page has no transparent pixels. */
function decode(png) {
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  const size = { 2: 3, 6: 4 }[png[25]];
  if (png[24] !== 8 || size === undefined || png[28] !== 0) throw new PicturesError('not a PNG as Chromium writes it');
  const rows = inflateSync(Buffer.concat(imageData(png)));
  const stride = width * size;
  const pixels = new Uint32Array(width * height);
  let above = new Uint8Array(stride);
  for (let y = 0; y < height; y += 1) {
    const start = y * (stride + 1);
    const row = rows.subarray(start + 1, start + 1 + stride);
    unfilter(rows[start], { row, above, size });
    for (let x = 0, at = 0; x < width; x += 1, at += size)
      pixels[y * width + x] = (row[at] << 16) | (row[at + 1] << 8) | row[at + 2];
    above = row;
  }
  return { width, height, pixels };
}

function imageData(png) {
  const parts = [];
  for (let at = signature.length; at < png.length; at += png.readUInt32BE(at) + 12)
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT')
      parts.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  return parts;
}

/** What each filter type adds to a byte, of the bytes to its left, above it, and above that one's left. */
const filters = [
  () => 0,
  (left) => left,
  (_left, up) => up,
  (left, up) => (left + up) >> 1,
  function paeth(left, up, upLeft) {
    const toLeft = Math.abs(up - upLeft);
    const toUp = Math.abs(left - upLeft);
    const toUpLeft = Math.abs(left + up - 2 * upLeft);
    if (toLeft <= toUp && toLeft <= toUpLeft) return left;
    return toUp <= toUpLeft ? up : upLeft;
  },
];

/** Undoes a row's filter in place (PNG specification, section 9). */
function unfilter(type, { row, above, size }) {
  const predict = filters[type];
  for (let at = 0; at < size; at += 1) row[at] += predict(0, above[at], 0);
  for (let at = size; at < row.length; at += 1) row[at] += predict(row[at - size], above[at], above[at - size]);
}

const channels = (color) => [color >> 16, (color >> 8) & 0xff, color & 0xff];

function nearest(palette, color) {
  const [red, green, blue] = channels(color);
  let best = { distance: Infinity, index: 0 };
  for (const [index, candidate] of palette.entries()) {
    const [r, g, b] = channels(candidate);
    const distance = (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2;
    if (distance < best.distance) best = { distance, index };
  }
  return best.index;
}

function chunk(name, data) {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}
