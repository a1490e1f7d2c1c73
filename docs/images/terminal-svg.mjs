const type = { minColumns: 80, charWidth: 8.4, lineHeight: 19, fontSize: 14 };
const margin = { side: 20, top: 52, bottom: 18 };
const colors = { window: '#16181d', bar: '#262a33', output: '#d5dae3', command: '#8fd18f', quiet: '#98a1b0' };
const cut = '…';
const fonts = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', 'DejaVu Sans Mono', monospace";

/** A dark terminal window with `command` at its prompt and `output` below it, long output cut in the middle. */
export function terminalSvg({ title, command, output, maxLines }) {
  const lines = [`$ ${command}`, ...cutMiddle(output.trimEnd().split('\n'), maxLines - 1)];
  const longest = Math.max(type.minColumns, ...lines.map((line) => line.length));
  const width = Math.ceil(longest * type.charWidth + 2 * margin.side);
  const height = margin.top + lines.length * type.lineHeight + margin.bottom;
  const cells = lines.flatMap((line, index) => cellsOf(line, margin.top + (index + 0.7) * type.lineHeight));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeXml(title)}">
<rect width="${width}" height="${height}" rx="10" fill="${colors.window}"/>
<path d="M0 36V10A10 10 0 0 1 10 0H${width - 10}A10 10 0 0 1 ${width} 10V36Z" fill="${colors.bar}"/>
<circle cx="20" cy="18" r="6" fill="#ff5f57"/><circle cx="40" cy="18" r="6" fill="#febc2e"/><circle cx="60" cy="18" r="6" fill="#28c840"/>
<text x="${width / 2}" y="23" text-anchor="middle" fill="${colors.quiet}" font-family="system-ui, sans-serif" font-size="13">${escapeXml(title)}</text>
<g font-family="${fonts}" font-size="${type.fontSize}">
${cells.join('\n')}
</g>
</svg>
`;
}

/** Keeps the start and, since that is where the result is, more of the end. */
function cutMiddle(lines, limit) {
  if (lines.length <= limit) return lines;
  const end = Math.ceil((limit - 1) * 0.55);
  return [...lines.slice(0, limit - 1 - end), cut, ...lines.slice(-end)];
}

/** Each cell at its own place: SVG collapses spaces. `textLength` keeps the width with any font. */
function cellsOf(line, y) {
  const color = line === cut ? colors.quiet : line.startsWith('$ ') ? colors.command : colors.output;
  return [...line.matchAll(/\S+(?: \S+)*/g)].map(({ 0: cell, index }) => {
    const x = round(margin.side + index * type.charWidth);
    const length = round(cell.length * type.charWidth);
    return `<text x="${x}" y="${round(y)}" textLength="${length}" fill="${color}">${escapeXml(cell)}</text>`;
  });
}

const round = (value) => Math.round(value * 10) / 10;

const escapeXml = (text) =>
  text.replace(/[&<>"]/g, (one) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[one]);
