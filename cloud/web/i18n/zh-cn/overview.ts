import type { overviewTexts as english } from '../en/overview.ts';

export const overviewTexts: typeof english = {
  overview: {
    title: '总览',
    allLines: '全部产线',
    lines: '选择产线',
    unnamedPlant: '工厂',
    noLine: '该产线已不存在。',
    machines: '{{line}}的设备',
    noMachines: '该产线尚未分配设备。',
  },
  empty: {
    title: '尚未配置产线',
    intro: '三步即可看到第一批数据：',
    gateway: '为网关起名，页面随即显示一次性注册码和要输入的命令。',
    agent: '在 PLC 旁的机器上，用该注册码启动边缘程序：',
    plant: '在页面上描述产线、设备及其信号，或写入云端服务启动时读取的工厂文件。',
  },
  gateways: {
    title: '网关',
    online: '在线',
    offline: '离线',
    neverSeen: '从未连接',
    lastSeen: '{{duration}}前在线',
    backlog: '积压 {{batches}} 批，{{size}}',
    noBacklog: '无积压',
    sources: '数据源 {{connected}}/{{total}}',
    sourceFailing: '{{name}}：{{detail}}',
    losses: '已记录缺失：{{gaps}}',
    none: '尚未注册网关。',
  },
};
