/** What a person chose for this browser: kept in localStorage, nothing of it leaves the machine. */

export const languages = ['zh-CN', 'en'] as const;
export type Language = (typeof languages)[number];

export const themeChoices = ['system', 'light', 'dark'] as const;
export type ThemeChoice = (typeof themeChoices)[number];

const languageKey = 'gongfu.language';
const themeKey = 'gongfu.theme';
const columnsKey = 'gongfu.columns';

/** The address first, so that a link opens as it was sent; then the choice remembered; then the browser's wish. */
export function initialLanguage(): Language {
  const wishes = [new URLSearchParams(location.search).get('lang'), read(languageKey), ...navigator.languages];
  for (const wish of wishes) {
    if (wish?.toLowerCase().startsWith('zh')) return 'zh-CN';
    if (wish?.toLowerCase().startsWith('en')) return 'en';
  }
  return 'en';
}

export function rememberLanguage(language: Language): void {
  write(languageKey, language);
}

export function initialTheme(): ThemeChoice {
  const kept = read(themeKey);
  return themeChoices.find((choice) => choice === kept) ?? 'system';
}

export function rememberTheme(choice: ThemeChoice): void {
  write(themeKey, choice);
}

/** Ids of the columns somebody chose for a table; undefined before the first choice. */
export function chosenColumns(table: string): readonly string[] | undefined {
  const kept = read(`${columnsKey}.${table}`);
  return kept === null ? undefined : kept.split(' ');
}

export function rememberColumns(table: string, columns: readonly string[]): void {
  write(`${columnsKey}.${table}`, columns.join(' '));
}

// A browser may forbid storage altogether; a preference is then kept for the life of the page only.
function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    return;
  }
}
