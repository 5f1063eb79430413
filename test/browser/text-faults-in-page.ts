/** Runs inside the page, handed over as text: it can use nothing from outside itself. */
export function textFaultsInPage(): { looked: number; faults: string[] } {
  interface Box {
    left: number;
    top: number;
    right: number;
    bottom: number;
  }
  interface Line extends Box {
    readonly node: Node;
    readonly text: string;
    readonly layer: Element | null;
  }
  const faults = new Set<string>();
  const lines: Line[] = [];
  const width = document.documentElement.clientWidth;

  const nameOf = (element: Element): string =>
    `${element.tagName.toLowerCase()}${[...element.classList].map((one) => `.${one}`).join('')}`;
  const short = (text: string): string => `"${text.trim().replace(/\s+/g, ' ').slice(0, 60)}"`;

  /** Told in full elsewhere: by a tooltip, or by the name read aloud. */
  const toldInFull = (element: Element, text: string): boolean => {
    const wanted = text.trim();
    for (let at: Element | null = element; at !== null; at = at.parentElement) {
      const told = `${at.getAttribute('title') ?? ''} ${at.getAttribute('aria-label') ?? ''}`;
      if (told.includes(wanted)) return true;
    }
    return false;
  };

  /** The box that is left of a line of text after all that clips it; null when nothing of it is to be seen. */
  const clip = (element: Element, text: string, line: Box): Box | null => {
    const seen = { ...line };
    let [scrollsX, scrollsY] = [false, false];
    for (let at: Element | null = element; at !== null && at !== document.body; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (style.clipPath !== 'none') return null;
      const box = at.getBoundingClientRect();
      const hides = (overflow: string): boolean => overflow === 'hidden' || overflow === 'clip';
      const cutX = hides(style.overflowX) && !scrollsX && (line.right > box.right + 1.5 || line.left < box.left - 1.5);
      // Half a line is what a descender needs; less of it missing cannot be seen.
      const depth = (line.bottom - line.top) / 4;
      const cutY =
        hides(style.overflowY) && !scrollsY && (line.bottom > box.bottom + depth || line.top < box.top - depth);
      if (box.width <= 1 || box.height <= 1) return null;
      if ((cutX || cutY) && !toldInFull(at, text)) faults.add(`cut off by ${nameOf(at)}: ${short(text)}`);
      if (style.overflowX !== 'visible') {
        scrollsX ||= !hides(style.overflowX);
        seen.left = Math.max(seen.left, box.left);
        seen.right = Math.min(seen.right, box.right);
      }
      if (style.overflowY !== 'visible') {
        scrollsY ||= !hides(style.overflowY);
        seen.top = Math.max(seen.top, box.top);
        seen.bottom = Math.min(seen.bottom, box.bottom);
      }
    }
    if (seen.right - seen.left < 1 || seen.bottom - seen.top < 1) return null;
    if (!scrollsX && (line.right > width + 1.5 || line.left < -1.5))
      faults.add(`beyond the window at ${nameOf(element)}: ${short(text)}`);
    return seen;
  };

  const layerOf = (element: Element): Element | null => {
    for (let at: Element | null = element; at !== null; at = at.parentElement) {
      if (['fixed', 'sticky'].includes(getComputedStyle(at).position)) return at;
    }
    return null;
  };

  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const text = node.nodeValue ?? '';
    const element = node.parentElement;
    if (text.trim() === '' || element === null || element.closest('script, style, noscript, .skip') !== null) continue;
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    if (/\p{Script=Han}/u.test(text) && element.closest('[lang]')?.getAttribute('lang')?.startsWith('en') === true)
      faults.add(`not in English: ${short(text)}`);
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const { left, top, right, bottom } of range.getClientRects()) {
      if (right - left < 1 || bottom - top < 1) continue;
      const seen = clip(element, text, { left, top, right, bottom });
      if (seen !== null) lines.push({ ...seen, node, text, layer: layerOf(element) });
    }
  }

  lines.sort((a, b) => a.top - b.top);
  for (const [index, one] of lines.entries()) {
    for (const other of lines.slice(index + 1)) {
      if (other.top > one.bottom) break;
      // What floats above the page covers what lies below it.
      if (other.node === one.node || other.layer !== one.layer) continue;
      const across = Math.min(one.right, other.right) - Math.max(one.left, other.left);
      const down = Math.min(one.bottom, other.bottom) - other.top;
      // The boxes of two lines set close touch; their letters do not.
      if (across > 3 && down > 0.45 * Math.min(one.bottom - one.top, other.bottom - other.top))
        faults.add(`printed over each other: ${short(one.text)} and ${short(other.text)}`);
    }
  }
  const sideways = document.documentElement.scrollWidth - innerWidth;
  if (sideways > 0) faults.add(`the page is ${sideways} px wider than the window`);
  return { looked: lines.length, faults: [...faults] };
}
