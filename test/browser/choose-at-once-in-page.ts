/**
 * Runs inside the page, handed over as text. Chooses a value in each select by its name, one after the other before anything
 * is painted in between: a quick hand on a slow machine.
 */
export function chooseAtOnceInPage(choices: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(choices)) {
    const select = document.querySelector<HTMLSelectElement>(`select[name=${name}]`)!;
    select.value = value;
    select.dispatchEvent(new Event('change', { bubbles: true }));
  }
}
