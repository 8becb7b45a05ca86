// Marks over a picture that is drawn at a zoom: a painted mask, a frame, a brush.

// Painted pixels are tinted, and edged where unpainted ones begin, so that no colour is needed.
export function tint(pen, zoom, mask, width) {
  const height = mask.length / width;
  pen.fillStyle = "rgb(255 140 0 / 0.45)";
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if (!mask[y * width + x]) continue;
      let end = x;
      while (end < width && mask[y * width + end]) end += 1;
      pen.fillRect(x * zoom, y * zoom, (end - x) * zoom, zoom);
      x = end;
    }
  }
  twice(pen, edges(zoom, mask, width, height), 2);
}

function edges(zoom, mask, width, height) {
  const at = (x, y) => (x < 0 || y < 0 || x >= width || y >= height ? 0 : mask[y * width + x]);
  const path = new Path2D();
  for (let y = 0; y <= height; y += 1) {
    for (let x = 0; x <= width; x += 1) {
      if (at(x, y) !== at(x - 1, y)) {
        path.moveTo(x * zoom, y * zoom);
        path.lineTo(x * zoom, (y + 1) * zoom);
      }
      if (at(x, y) !== at(x, y - 1)) {
        path.moveTo(x * zoom, y * zoom);
        path.lineTo((x + 1) * zoom, y * zoom);
      }
    }
  }
  return path;
}

// Around pixels, both corners included.
export function frame(pen, zoom, [left, top, right, bottom]) {
  const path = new Path2D();
  path.rect(left * zoom, top * zoom, (right - left + 1) * zoom, (bottom - top + 1) * zoom);
  twice(pen, path, 3);
}

// What a brush of this size would cover.
export function ring(pen, zoom, { x, y }, size) {
  const path = new Path2D();
  path.arc(x * zoom, y * zoom, Math.max(size / 2, 0.5) * zoom, 0, 2 * Math.PI);
  twice(pen, path, 1);
}

// Black under white shows on every picture.
function twice(pen, path, width) {
  pen.lineWidth = width + 2;
  pen.strokeStyle = "#000";
  pen.stroke(path);
  pen.lineWidth = width;
  pen.strokeStyle = "#fff";
  pen.stroke(path);
}
