// Colours on the screen for values, and back. A share is 0 for the least value and 1 for the greatest.

const byte = (share) => Math.round(255 * Math.min(Math.max(share, 0), 1));

// draws values, of the form of a sheet, on a canvas of the same size
export function paint(canvas, sheet, values) {
  const { channels, width } = sheet.form;
  const context = canvas.getContext("2d");
  const image = context.createImageData(sheet.columns, sheet.rows);
  const { data } = image;
  for (let y = 0; y < sheet.rows; y++) {
    for (let x = 0; x < sheet.columns; x++) {
      const part = Math.floor(x / width);
      const i = part * channels * sheet.plane + y * width + (x - part * width);
      const k = 4 * (y * sheet.columns + x);
      const first = byte(sheet.share(i, values));
      data[k] = first;
      data[k + 1] = channels === 1 ? first : byte(sheet.share(i + sheet.plane, values));
      data[k + 2] = channels === 1 ? first : byte(sheet.share(i + 2 * sheet.plane, values));
      data[k + 3] = channels === 4 ? byte(sheet.share(i + 3 * sheet.plane, values)) : 255;
    }
  }
  context.putImageData(image, 0, 0);
}

export function colourOf(shares) {
  return `#${shares.slice(0, 3).map((share) => byte(share).toString(16).padStart(2, "0")).join("")}`;
}

export function sharesOf(colour, channels) {
  const found = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255);
  return channels === 4 ? [...found, 1] : found;
}
