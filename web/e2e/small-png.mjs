// A picture of a screen as a small PNG: twenty-six steps of each colour, and a palette where there are few enough of them.
import { deflateSync } from "node:zlib";

const table = Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});
function crc(bytes) {
  let c = 0xffffffff;
  for (const b of bytes) c = table[(c ^ b) & 255] ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}
function chunk(name, data) {
  const body = Buffer.concat([Buffer.from(name, "latin1"), data]);
  const all = Buffer.alloc(body.length + 8);
  all.writeUInt32BE(data.length, 0);
  body.copy(all, 4);
  all.writeUInt32BE(crc(body), body.length + 4);
  return all;
}
const step = (v) => Math.min(255, Math.round(Math.round(v / 10.2) * 10.2));

/** RGBA, row by row, as a PNG. */
export function smallPng(width, height, rgba) {
  const palette = new Map();
  const index = Buffer.alloc((width + 1) * height);
  let few = true;
  for (let y = 0, i = 0; y < height && few; y++)
    for (let x = 0; x < width; x++, i += 4) {
      const colour = (step(rgba[i]) << 16) | (step(rgba[i + 1]) << 8) | step(rgba[i + 2]);
      if (!palette.has(colour)) palette.set(colour, palette.size);
      if (palette.size > 256) {
        few = false;
        break;
      }
      index[y * (width + 1) + 1 + x] = palette.get(colour);
    }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head[8] = 8;
  head[9] = few ? 3 : 2;
  let rows = index;
  if (!few) {
    rows = Buffer.alloc((width * 3 + 1) * height);
    for (let y = 0, i = 0; y < height; y++) for (let x = 0; x < width; x++, i += 4) for (let c = 0; c < 3; c++) rows[y * (width * 3 + 1) + 1 + x * 3 + c] = step(rgba[i + c]);
  }
  const colours = Buffer.from([...palette.keys()].flatMap((c) => [c >> 16, (c >> 8) & 255, c & 255]));
  return Buffer.concat([
    Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]),
    chunk("IHDR", head),
    ...(few ? [chunk("PLTE", colours)] : []),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}
