"""The sheet under the editor: every edit undone to the bit, and a page that anyone can use."""

import numpy as np
import pytest
from browsing import LOOKS, Look, beyond, look, violations
from desk_page import Page, wide
from editing import APART

WALK = """
const done = arguments[arguments.length - 1];
import('/static/sheet.js').then(({ Sheet }) => {
  let seed = arguments[0];
  const random = (most) => {
    seed = (seed * 48271) % 2147483647;
    return seed % most;
  };
  const form = { parts: 2, channels: 3, height: 7, width: 6, low: -1.5, high: 2.5 };
  const first = Float32Array.from({ length: 2 * 3 * 42 }, () => random(4000) / 1000 - 1.5);
  const sheet = new Sheet(form, first);
  const bits = (values) => Array.from(new Uint32Array(values.slice().buffer));
  const states = [bits(sheet.values)];
  for (let k = 0; k < 80; k++) {
    const [x, y] = [random(12), random(7)];
    const shares = [random(100) / 99, 0, 1];
    const acts = [
      () => sheet.step(() => sheet.stroke([x, y], [random(12), random(7)], 1 + random(5), shares)),
      () => sheet.step(() => sheet.dab(x, y, 1 + random(6), null)),
      () => sheet.step(() => sheet.shift(random(2), random(5) - 2, random(5) - 2, shares)),
      () => sheet.step(() => sheet.paste(sheet.cut(x, y, random(12), random(7), first), random(12), random(7))),
      () => random(9) ? false : sheet.reset(),
    ];
    if (acts[random(5)]()) states.push(bits(sheet.values));
  }
  const inside = Array.from(sheet.values).every((v) => v >= -1.5 && v <= 2.5);
  const counted = states.length;
  let back = 0;
  for (let k = counted - 2; k >= 0; k--) back += sheet.undo() && String(bits(sheet.values)) === String(states[k]);
  const nothing = sheet.undo();
  let forth = 0;
  for (let k = 1; k < counted; k++) forth += sheet.redo() && String(bits(sheet.values)) === String(states[k]);
  done([counted, back, nothing, forth, inside, Array.from(first), Array.from(sheet.values), sheet.distances()]);
}, (error) => done(String(error)));
"""


@pytest.mark.parametrize("seed", [1, 7, 23])
def test_any_walk_of_edits_is_undone_and_done_again_to_the_bit(page: Page, seed: int) -> None:
    page.go("/in")
    counted, back, nothing, forth, inside, first, last, apart = page.browser.execute_async_script(
        WALK, seed
    )
    assert counted > 40
    assert back == forth == counted - 1
    assert not nothing
    assert inside
    away = np.abs(np.array(last) - np.array(first))
    for name, order in APART.items():
        assert apart[name] == pytest.approx(np.linalg.norm(away, order), rel=1e-12)


@pytest.mark.parametrize("how", LOOKS, ids=str)
def test_anyone_can_edit(page: Page, how: Look) -> None:
    """A page at work, with the question answered; empty ones are looked at with every page."""
    look(page.browser, how)
    paths = ("1/teach/change", "1/teach/write", "2/teach/change", "2/teach/write", "3/teach/write")
    for path in paths:
        page.go(f"/study/{path}")
        if path.endswith("change"):
            page.until("#ask", "What is this")
            page.label(0)
            page.until("#ask", "You say")
        else:
            page.until("#bits", "bits")
        assert violations(page.browser) == [], path
        assert beyond(page.browser) == [], path
    wide(page.browser)
