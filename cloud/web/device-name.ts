import type { TFunction } from 'i18next';

// The first that fits: Edge and Opera call themselves Chrome too, Chrome calls itself Safari, Android calls itself Linux.
const browsers = [
  [/MicroMessenger\//, 'WeChat'],
  [/Edg\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/Firefox\//, 'Firefox'],
  [/Chrome\//, 'Chrome'],
  [/Safari\//, 'Safari'],
] as const;
const systems = [
  [/Android/, 'Android'],
  [/iPhone|iPad/, 'iOS'],
  [/Windows/, 'Windows'],
  [/Mac OS X/, 'macOS'],
  [/Linux/, 'Linux'],
] as const;

/** As a person names it: `Chrome on Windows`; a program that is no browser by its own name. */
export function deviceOf(userAgent: string, t: TFunction): string {
  const browser = browsers.find(([sign]) => sign.test(userAgent))?.[1];
  const system = systems.find(([sign]) => sign.test(userAgent))?.[1];
  if (browser !== undefined && system !== undefined) return t('ownSessions.browser', { browser, system });
  return userAgent.split(/[\s/]/)[0] || t('ownSessions.unknownDevice');
}
