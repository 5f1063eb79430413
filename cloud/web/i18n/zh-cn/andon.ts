import type { andonTexts as english } from '../en/andon.ts';

export const andonTexts: typeof english = {
  andon: {
    title: '安灯看板',
    tools: '看板',
    calling: '停机：{{machines}}',
    silence: '消音',
    sound: { off: '声音已关', locked: '点按以启用声音', on: '声音已开' },
    fullScreen: '全屏',
    cut: '连接中断。以下为 {{duration}}前的状态。',
  },
};
