import type { ThemeConfig } from 'antd';
import { createContext, type ReactNode, useContext, useEffect, useLayoutEffect, useMemo, useState } from 'react';
import { initialTheme, rememberTheme, type ThemeChoice, themeChoices } from './preferences.ts';
import { antdThemeOf, applyPalette, darkPalette, lightPalette, type Palette } from './theme.ts';

interface AppearanceState {
  readonly choice: ThemeChoice;
  readonly palette: Palette;
  readonly antdTheme: ThemeConfig;
  /** From `system` to light to dark and round again. */
  next(): void;
  choose(choice: ThemeChoice): void;
}

const AppearanceContext = createContext<AppearanceState | undefined>(undefined);

export function useAppearance(): AppearanceState {
  const state = useContext(AppearanceContext);
  if (state === undefined) throw new Error('useAppearance outside of Appearance');
  return state;
}

export function Appearance({ children }: { children: ReactNode }) {
  const [choice, setChoice] = useState(initialTheme);
  const systemDark = useSystemDark();
  const dark = choice === 'dark' || (choice === 'system' && systemDark);
  const palette = dark ? darkPalette : lightPalette;
  useLayoutEffect(() => applyPalette(palette, dark), [palette, dark]);
  const state = useMemo<AppearanceState>(() => {
    const choose = (wanted: ThemeChoice): void => {
      rememberTheme(wanted);
      setChoice(wanted);
    };
    return {
      choice,
      palette,
      antdTheme: antdThemeOf(palette, dark),
      next: () => choose(themeChoices[(themeChoices.indexOf(choice) + 1) % themeChoices.length] ?? 'system'),
      choose,
    };
  }, [choice, palette, dark]);
  return <AppearanceContext value={state}>{children}</AppearanceContext>;
}

function useSystemDark(): boolean {
  const query = useMemo(() => matchMedia('(prefers-color-scheme: dark)'), []);
  const [dark, setDark] = useState(query.matches);
  useEffect(() => {
    const follow = (): void => setDark(query.matches);
    query.addEventListener('change', follow);
    return () => query.removeEventListener('change', follow);
  }, [query]);
  return dark;
}
