/**
 * Runs in the browser, sent as its own source text: nothing outside of this function may be used in it. Asks for the page
 * again every two seconds and takes over what has changed within `data-live`, in place, so that nothing moves, no focus is
 * lost and a hidden tab costs nothing. Forms learn when their fields were typed.
 */
export function liveInPage(): void {
  const everyMs = 2000;
  const patienceMs = 6000;
  tellWhenTyped();
  const offline = document.querySelector<HTMLElement>('#offline');
  const places = (of: Document) => [...of.querySelectorAll('[data-live]')];
  // The result of a form is not what the address shows.
  if (offline === null || places(document).length === 0) return;
  let etag = '';
  let lostAtMs: number | undefined;
  let asking = false;

  const sameKind = (a: Node, b: Node) => a.nodeType === b.nodeType && a.nodeName === b.nodeName;

  function takeOver(from: Node, to: Node): void {
    if (from.nodeType === Node.TEXT_NODE) {
      if (from.nodeValue !== to.nodeValue) from.nodeValue = to.nodeValue;
      return;
    }
    if (from instanceof Element && to instanceof Element) {
      for (const { name } of [...from.attributes]) if (!to.hasAttribute(name)) from.removeAttribute(name);
      for (const { name, value } of to.attributes) {
        if (from.getAttribute(name) !== value) from.setAttribute(name, value);
      }
    }
    const news = [...to.childNodes];
    news.forEach((node, place) => {
      const old = from.childNodes[place];
      if (old === undefined) from.appendChild(node.cloneNode(true));
      else if (sameKind(old, node)) takeOver(old, node);
      else from.replaceChild(node.cloneNode(true), old);
    });
    while (from.childNodes.length > news.length) from.lastChild?.remove();
  }

  function tellOffline(): void {
    if (offline === null) return;
    lostAtMs ??= performance.now();
    const seconds = Math.round((performance.now() - lostAtMs) / 1000);
    offline.textContent = `${offline.dataset.words}${seconds} s`;
    offline.hidden = false;
    document.body.classList.add('offline');
  }

  function tellOnline(): void {
    lostAtMs = undefined;
    if (offline !== null) offline.hidden = true;
    document.body.classList.remove('offline');
  }

  async function ask(): Promise<void> {
    const headers = { 'x-live': '1', ...(etag === '' ? {} : { 'if-none-match': etag }) };
    const answer = await fetch(location.href, { headers, signal: AbortSignal.timeout(patienceMs) });
    // Signed out meanwhile: the page itself shows where to sign in.
    if (answer.status === 401 || answer.status === 403) return location.reload();
    if (answer.status !== 304 && !answer.ok) throw new Error(String(answer.status));
    if (answer.status !== 304) {
      etag = answer.headers.get('etag') ?? '';
      const news = places(new DOMParser().parseFromString(await answer.text(), 'text/html'));
      places(document).forEach((place, at) => {
        if (news[at] !== undefined) takeOver(place, news[at]);
      });
    }
    tellOnline();
  }

  function look(): void {
    if (document.hidden || asking) return;
    asking = true;
    ask()
      .catch(tellOffline)
      .finally(() => {
        asking = false;
      });
  }

  setInterval(look, everyMs);
  document.addEventListener('visibilitychange', look);

  /** For fields with `data-typed`: under that name the form also sends how many milliseconds ago the first key was pressed. */
  function tellWhenTyped(): void {
    const firstKeys = new WeakMap<Element, number>();
    document.addEventListener('input', ({ target }) => {
      if (!(target instanceof HTMLInputElement) || target.dataset.typed === undefined) return;
      if (target.value === '') firstKeys.delete(target);
      else if (!firstKeys.has(target)) firstKeys.set(target, performance.now());
    });
    document.addEventListener('submit', ({ target }) => {
      if (!(target instanceof HTMLFormElement)) return;
      for (const field of target.querySelectorAll<HTMLInputElement>('input[data-typed]')) {
        const firstKey = firstKeys.get(field);
        if (firstKey === undefined) continue;
        const ago = document.createElement('input');
        ago.type = 'hidden';
        ago.name = field.dataset.typed ?? '';
        ago.value = String(Math.round(performance.now() - firstKey));
        target.append(ago);
      }
    });
  }
}
