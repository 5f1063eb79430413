import { accountTexts } from './en/account.ts';
import { administrationTexts } from './en/administration.ts';
import { andonTexts } from './en/andon.ts';
import { calendarTexts } from './en/calendar.ts';
import { figuresTexts } from './en/figures.ts';
import { frameTexts } from './en/frame.ts';
import { gatewaysTexts } from './en/gateways.ts';
import { lossesTexts } from './en/losses.ts';
import { machineTexts } from './en/machine.ts';
import { outsideTexts } from './en/outside.ts';
import { overviewTexts } from './en/overview.ts';
import { portalTexts } from './en/portal.ts';
import { recordsTexts } from './en/records.ts';
import { reportTexts } from './en/report.ts';
import { signInTexts } from './en/sign-in.ts';
import { signalsTexts } from './en/signals.ts';

/** English texts. The type of this object is what every other language must match, key for key. */
export const en = {
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
