import type { RegisterImage } from '../drivers/modbus/register-image.ts';
import { type BothWords, hypothesisText, manualText, placeText, rawLimits } from './hypothesis-words.ts';
import type { Finding, Inference } from './inference.ts';
import type { Hypothesis } from './layouts.ts';
import { missesOf } from './verdict.ts';

/** Not more candidates than a person compares. */
const shownMax = 5;

/** Why this is proposed, in sentences. */
export function evidenceFor(finding: Finding): BothWords[] {
  const { best, tag, scoring } = finding;
  if (best === undefined) return [];
  const fitting = scoring.hypotheses.filter(({ fits }) => missesOf(fits) <= missesOf(best.fits)).length;
  const moved = new Set(tag.readings.map(({ shown }) => (shown.kind === 'number' ? shown.value : shown.on))).size;
  return [
    {
      zh: `线上地址 ${placeText(best.layout)}，即从 1 编号的手册中的 ${manualText(best.layout)}。`,
      en: `On the wire it is ${placeText(best.layout)}, in manuals that count from one ${manualText(best.layout)}.`,
    },
    ...hintWords(finding),
    {
      zh: `${scoring.live} 种可读方式与面板一同变化，其中与全部 ${tag.readings.length} 次读数（${moved} 个不同值）相符的有 ${fitting} 种。`,
      en: `${scoring.live} ways to read a value moved when the panel did; ${fitting} of them (with scales) agree with all ${count(tag.readings.length, 'reading')}, ${count(moved, 'different value')}.`,
    },
    ...slipWords(finding),
    chanceWords(best.bits),
  ];
}

/** Readings the proposal does not explain: somebody misread or mistyped them. */
function slipWords({ best, tag }: Finding): BothWords[] {
  return best!.fits.flatMap((fit, i) => {
    const { text } = tag.readings[i]!.shown;
    return fit
      ? []
      : [
          {
            zh: `第 ${i + 1} 次读数（${text}）不符，应为看错或输错。`,
            en: `Reading ${i + 1} (${text}) does not fit and is taken for a slip.`,
          },
        ];
  });
}

/** Whether the manual counts from one where the machine counts from zero, and the like. */
function hintWords({ tag, best }: Finding): BothWords[] {
  const { hint } = tag;
  if (hint === undefined || best === undefined) return [];
  const { area, start } = best.layout;
  const said = manualText({ area: hint.area, start: hint.register });
  if (area !== hint.area) {
    return [
      {
        zh: `手册写的是 ${said}（${hint.area}:${hint.register}），但数值在 ${area} 区。`,
        en: `The manual says ${said} (${hint.area}:${hint.register}), but the value lies in the area ${area}.`,
      },
    ];
  }
  const off = start - hint.register;
  if (off === 0) return [{ zh: `与手册地址 ${said} 一致。`, en: `The manual's address ${said} is right.` }];
  if (Math.abs(off) > 1) {
    return [
      {
        zh: `与手册地址 ${said} 相差 ${off} 个寄存器。`,
        en: `It lies ${off} registers from the manual's address ${said}.`,
      },
    ];
  }
  return [
    {
      zh: `地址偏移一：手册的 ${said} 按${off > 0 ? '从 0' : '从 1'} 编号的另一种方式书写，数值${off > 0 ? '在其后' : '在其前'}一个寄存器。`,
      en: `Off by one: the value lies one register ${off > 0 ? 'behind' : 'before'} the manual's ${said}; the manual counts the other way.`,
    },
  ];
}

function chanceWords(bits: number): BothWords {
  const odds = bits > 40 ? '10¹²' : Math.round(2 ** Math.max(0, bits)).toLocaleString('en-US');
  return {
    zh: `相对于“面板显示的不在所试范围内”，可信度之比为 ${odds} : 1（${bits.toFixed(1)} 比特）。`,
    en: `Against "the panel shows none of what was tried" the odds are ${odds} to 1 (${bits.toFixed(1)} bits).`,
  };
}

/** What is not decided, and what would decide it; undefined when nothing is left to decide. */
export function openQuestion(finding: Finding, inference: Inference, latest: RegisterImage): BothWords | undefined {
  switch (finding.verdict) {
    case 'certain':
      return undefined;
    case 'equal':
      return equalWords(finding);
    case 'likely':
      return likelyWords(finding);
    case 'open':
      return openWords(finding, inference, latest);
    case 'none':
      return noneWords(finding);
  }
}

function equalWords({ best, equals }: Finding): BothWords {
  const others = equals.slice(0, shownMax).map(hypothesisText).join(', ');
  const { area, start, count: width } = best!.layout;
  const elsewhere = equals.some(
    ({ layout }) => layout.area !== area || layout.start >= start + width || start >= layout.start + layout.count,
  );
  if (elsewhere) {
    return {
      zh: `至今读数完全相同的还有：${others}。同一数值在设备中存有多份，用哪一份都可以。`,
      en: `These have read the very same so far: ${others}. The machine keeps the value more than once; any of them will do.`,
    };
  }
  const limits = [best!, ...equals].flatMap(({ layout, scale }) => {
    const raw = rawLimits(layout);
    return raw === undefined ? [] : [raw.map((end) => end * Math.abs(scale))];
  });
  const turn = Math.min(...limits.map(([, most]) => most!));
  if (turn === Number.POSITIVE_INFINITY) {
    return {
      zh: `至今读数相同的还有：${others}。只在面板不显示的末位有差别；设备手册可判定。`,
      en: `These have read the same so far: ${others}. They differ only in digits the panel does not show; the manual can tell.`,
    };
  }
  const signs = limits.some(([least]) => least! < 0) && limits.some(([least]) => least! >= 0);
  const when = turn < 1e15 ? String(Number(turn.toPrecision(12))) : turn.toExponential(2);
  return {
    zh: `至今读数完全相同的还有：${others}。${signs ? '数值为负，或' : ''}数值超过 ${when} 时才会不同；设备手册也可判定。`,
    en: `These have read the very same so far: ${others}. They differ only when the value is ${signs ? 'below zero or ' : ''}above ${when}; the manual can tell too.`,
  };
}

function likelyWords({ missingBits, scoring }: Finding): BothWords {
  const [, ...later] = scoring.readingBits;
  const perReading = Math.max(
    2,
    later.length === 0 ? 5 : later.reduce((sum, bits) => sum + bits, 0) / later.length - 1,
  );
  const more = Math.max(1, Math.ceil(missingBits / perReading));
  return {
    zh: `没有其他候选相符，但位数太少，可能是巧合：数值变化后再读 ${more} 次即可确定。`,
    en: `Nothing else fits, but so few digits may agree by chance: needs ${count(more, 'more reading')} when the value has changed.`,
  };
}

function openWords({ best, rivals, tag }: Finding, inference: Inference, latest: RegisterImage): BothWords {
  const candidates = [best!, ...rivals].slice(0, shownMax);
  const now = candidates.map((one) => inference.valueOf(one, latest));
  const last = tag.readings.at(-1)!.shown;
  const resolution = last.kind === 'number' ? last.resolution : 1;
  const apart = now.some((value) => Math.abs(value - now[0]!) > resolution || Number.isNaN(value));
  const list = candidates.map((one, i) => `${hypothesisText(one)} = ${valueText(now[i]!)}`).join('; ');
  const total = rivals.length + 1;
  return apart
    ? {
        zh: `有 ${total} 个候选相符，此刻读数各不相同，再读一次面板即可区分：${list}。`,
        en: `${total} candidates fit and read differently at this moment, so one more look at the panel decides: ${list}.`,
      }
    : {
        zh: `有 ${total} 个候选相符，此刻读数相同：数值变化后需要再读一次。${list}。`,
        en: `${total} candidates fit and read alike at this moment: needs one more reading when the value has changed. ${list}.`,
      };
}

function noneWords({ scoring }: Finding): BothWords {
  const near = scoring.hypotheses[0];
  const advice = {
    zh: '请核对读数；数值可能在别的地址窗口、别的区（holding 或 input），或带有零点偏移。',
    en: 'Check the readings; the value may lie in another window, in another area (holding or input), or have an offset.',
  };
  if (near === undefined) return { zh: `没有任何读法相符。${advice.zh}`, en: `Nothing fits. ${advice.en}` };
  const miss = near.fits.indexOf(false) + 1;
  return {
    zh: `没有读法与全部读数相符；${hypothesisText(near)} 只与第 ${miss} 次读数不符，可能输错。${advice.zh}`,
    en: `Nothing fits all readings; ${hypothesisText(near)} misses only reading ${miss}, perhaps mistyped. ${advice.en}`,
  };
}

export function valueText(value: number): string {
  if (Number.isNaN(value)) return '–';
  return Number.isSafeInteger(value) ? String(value) : String(Number(value.toPrecision(7)));
}

export function sameHypothesis(a: Hypothesis, b: Hypothesis): boolean {
  return a.place === b.place && a.scale === b.scale;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
