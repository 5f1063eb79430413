import type { en } from './en.ts';
import { accountTexts } from './zh-cn/account.ts';
import { administrationTexts } from './zh-cn/administration.ts';
import { andonTexts } from './zh-cn/andon.ts';
import { calendarTexts } from './zh-cn/calendar.ts';
import { figuresTexts } from './zh-cn/figures.ts';
import { frameTexts } from './zh-cn/frame.ts';
import { gatewaysTexts } from './zh-cn/gateways.ts';
import { lossesTexts } from './zh-cn/losses.ts';
import { machineTexts } from './zh-cn/machine.ts';
import { outsideTexts } from './zh-cn/outside.ts';
import { overviewTexts } from './zh-cn/overview.ts';
import { portalTexts } from './zh-cn/portal.ts';
import { recordsTexts } from './zh-cn/records.ts';
import { reportTexts } from './zh-cn/report.ts';
import { signInTexts } from './zh-cn/sign-in.ts';
import { signalsTexts } from './zh-cn/signals.ts';

/** Chinese texts; the type demands exactly the keys of the English ones. */
export const zhCn: typeof en = {
  ...frameTexts,
  ...administrationTexts,
  ...calendarTexts,
  ...recordsTexts,
  ...outsideTexts,
  ...signInTexts,
  ...accountTexts,
  ...overviewTexts,
  ...gatewaysTexts,
  ...figuresTexts,
  ...andonTexts,
  ...lossesTexts,
  ...machineTexts,
  ...signalsTexts,
  ...portalTexts,
  ...reportTexts,
};
