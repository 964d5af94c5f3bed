// The little of spreadsheets that the tests need to do what a steward does in Excel: change cells.
import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib';

// The rows of a CSV, each an object by header.
export function parseCsv(text, separator = ';') {
  const rows = [[]];
  let cell = '';
  let quoted = false;
  const body = text.replace(/^\ufeff/, '');
  for (let at = 0; at < body.length; at += 1) {
    const sign = body[at];
    if (quoted && sign === '"' && body[at + 1] === '"') { cell += '"'; at += 1; } else if (sign === '"') quoted = !quoted;
    else if (!quoted && sign === separator) { rows.at(-1).push(cell); cell = ''; } else if (!quoted && sign === '\n') {
      rows.at(-1).push(cell.replace(/\r$/, ''));
      rows.push([]);
      cell = '';
    } else cell += sign;
  }
  rows.pop();
  const [headers, ...others] = rows;
  return { headers, rows: others.map((cells) => Object.fromEntries(headers.map((header, at) => [header, cells[at] ?? '']))) };
}

// As Excel in Chile saves it: `;`, CRLF, quotes where they are needed.
export function writeCsv({ headers, rows }) {
  const quoted = (cell) => (/[;"\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
  const line = (cells) => `${cells.map(quoted).join(';')}\r\n`;
  return `\ufeff${line(headers)}${rows.map((row) => line(headers.map((header) => row[header]))).join('')}`;
}

// A workbook with the text of one cell of its first sheet changed. `column` and `row` count from 0.
export function changeCell(workbook, column, row, text) {
  const name = 'xl/worksheets/sheet1.xml';
  const parts = unzip(workbook);
  const reference = `${letters(column)}${row + 1}`;
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  let found = 0;
  const sheet = parts.get(name).toString().replace(new RegExp(`<c r="${reference}"( s="\\d+")?(?:/>|[^>]*>.*?</c>)`, 's'), (_, style = '') => {
    found += 1;
    return `<c r="${reference}"${style} t="inlineStr"><is><t>${escaped}</t></is></c>`;
  });
  if (found !== 1) throw new Error(`the sheet has no cell ${reference}`);
  parts.set(name, Buffer.from(sheet));
  return zip(parts);
}

function letters(column) {
  return (column >= 26 ? letters(Math.floor(column / 26) - 1) : '') + String.fromCharCode(65 + (column % 26));
}

// The files of a ZIP, from its central directory.
function unzip(bytes) {
  const parts = new Map();
  let at = bytes.readUInt32LE(bytes.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1')) + 16);
  while (bytes.readUInt32LE(at) === 0x02014b50) {
    const [method, packed, nameLength, extra, comment, local] = [
      bytes.readUInt16LE(at + 10), bytes.readUInt32LE(at + 20), bytes.readUInt16LE(at + 28), bytes.readUInt16LE(at + 30),
      bytes.readUInt16LE(at + 32), bytes.readUInt32LE(at + 42),
    ];
    const name = bytes.toString('utf8', at + 46, at + 46 + nameLength);
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const content = bytes.subarray(start, start + packed);
    parts.set(name, method === 8 ? inflateRawSync(content) : content);
    at += 46 + nameLength + extra + comment;
  }
  return parts;
}

function zip(parts) {
  const files = [];
  const directory = [];
  let offset = 0;
  for (const [name, content] of parts) {
    const packed = deflateRawSync(content);
    // Version, flags, method, time and date, checksum, both sizes, length of the name, no extra field.
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt16LE(8, 4);
    facts.writeUInt32LE(crc32(content), 10);
    facts.writeUInt32LE(packed.length, 14);
    facts.writeUInt32LE(content.length, 18);
    facts.writeUInt16LE(Buffer.byteLength(name), 22);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    const file = [Buffer.from('PK\x03\x04', 'latin1'), facts, Buffer.from(name), packed];
    directory.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), facts, rest, Buffer.from(name));
    files.push(...file);
    offset += file.reduce((sum, part) => sum + part.length, 0);
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(parts.size, 4);
  end.writeUInt16LE(parts.size, 6);
  end.writeUInt32LE(size, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...files, ...directory, Buffer.from('PK\x05\x06', 'latin1'), end]);
}
