import type { reportTexts as english } from '../en/report.ts';

export const reportTexts: typeof english = {
  report: {
    title: '班次报告',
    print: '打印',
    notes: '备注与措施：',
    signature: '交班人 / 接班人：',
    method: '指标依据 ISO 22400-2；损失件数 = 损失时间 ÷ 计划节拍',
    made: '生成于 {{time}}',
    column: {
      line: '产线',
      oee: 'OEE',
      target: '目标',
      availability: '可用率',
      effectiveness: '表现性',
      quality: '合格率',
      good: '良品',
      scrap: '废品',
      lost: '损失件数',
      lostTime: '损失机时',
      observed: '已观测',
    },
  },
};
