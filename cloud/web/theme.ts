import { theme as antdTheme, type ThemeConfig } from 'antd';

/**
 * Every colour of the page, once. Greys for what is normal, one blue for what can be clicked, and four state hues used
 * nowhere else. Text colours hold 4.5:1 on `surface` and `ground`, shapes 3:1.
 */
export interface Palette {
  readonly ground: string;
  readonly surface: string;
  readonly sunken: string;
  readonly line: string;
  readonly edge: string;
  readonly bar: string;
  readonly text: string;
  readonly quiet: string;
  readonly accent: string;
  readonly running: string;
  readonly waiting: string;
  readonly waitingFill: string;
  readonly down: string;
  readonly downFill: string;
  readonly onDown: string;
  readonly planned: string;
  readonly unknown: string;
}

export const lightPalette: Palette = {
  ground: '#f5f6f7',
  surface: '#ffffff',
  sunken: '#eceef0',
  line: '#dde1e5',
  edge: '#b4bbc3',
  bar: '#6b7580',
  text: '#1b2026',
  quiet: '#59626c',
  accent: '#2360a5',
  running: '#3b7a57',
  waiting: '#855300',
  waitingFill: '#f7e3b8',
  down: '#b3261e',
  downFill: '#b3261e',
  onDown: '#ffffff',
  planned: '#4d6580',
  unknown: '#6b7580',
};

export const darkPalette: Palette = {
  ground: '#121518',
  surface: '#1a1e22',
  sunken: '#252a2f',
  line: '#2e343a',
  edge: '#565f69',
  bar: '#8f99a3',
  text: '#e7eaed',
  quiet: '#a3acb5',
  accent: '#82b4ec',
  running: '#7cc097',
  waiting: '#e3b45a',
  waitingFill: '#4a3709',
  down: '#f28b82',
  downFill: '#b3261e',
  onDown: '#ffffff',
  planned: '#9db4cc',
  unknown: '#8f99a3',
};

/** Lines of signals: told apart by eyes of the common kinds of colour blindness, none of them a state hue at full strength. */
const signalsOnLight = [
  '#1f6fb5',
  '#c2570c',
  '#6a4fb3',
  '#0f7f86',
  '#a8327e',
  '#5c6b00',
  '#2f4b9a',
  '#8a5a2b',
  '#00695c',
  '#7b1fa2',
];
const signalsOnDark = [
  '#6db3f2',
  '#f2a15f',
  '#b39ddb',
  '#5fd0d6',
  '#f08cc9',
  '#c5d14e',
  '#8ea6f5',
  '#d7a877',
  '#5fc9b5',
  '#d694ee',
];

/** Colour and dash of the n-th signal: from the eleventh on the colours come again, dashed. */
export function signalLook(place: number, palette: Palette): { readonly colour: string; readonly dashed: boolean } {
  const colours = palette === darkPalette ? signalsOnDark : signalsOnLight;
  return { colour: colours[place % colours.length]!, dashed: place >= colours.length };
}

export function antdThemeOf(palette: Palette, dark: boolean): ThemeConfig {
  return {
    algorithm: dark ? antdTheme.darkAlgorithm : antdTheme.defaultAlgorithm,
    token: {
      colorPrimary: palette.accent,
      colorInfo: palette.accent,
      colorError: palette.down,
      colorWarning: palette.waiting,
      colorWarningBg: palette.waitingFill,
      colorWarningBorder: palette.waiting,
      colorBgBase: palette.surface,
      colorTextBase: palette.text,
      colorTextPlaceholder: palette.quiet,
      colorBorder: palette.edge,
      // The accent of the dark palette is light: text on it must be dark.
      colorTextLightSolid: dark ? '#0d1b2a' : '#ffffff',
      borderRadius: 4,
      fontSize: 14,
      fontFamily: 'inherit',
      motion: false,
    },
  };
}

/** Gives the style sheet the same colours, as custom properties of the document. */
export function applyPalette(palette: Palette, dark: boolean): void {
  const { style } = document.documentElement;
  for (const [name, colour] of Object.entries(palette)) style.setProperty(`--${name}`, colour as string);
  style.setProperty('color-scheme', dark ? 'dark' : 'light');
}
