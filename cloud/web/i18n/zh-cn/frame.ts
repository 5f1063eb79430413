import type { frameTexts as english } from '../en/frame.ts';

export const frameTexts: typeof english = {
  product: '工赋',
  skip: '跳到正文',
  language: { switch: 'EN', label: 'EN：切换为英文' },
  theme: { system: '外观：跟随系统', light: '外观：浅色', dark: '外观：深色' },
  signOut: '退出登录',
  loading: '正在加载……',
  navigation: {
    label: '页面',
    overview: '总览',
    signals: '信号',
    gateways: '网关',
    report: '班次报告',
    andon: '安灯',
    administration: '管理',
  },
  problem: {
    unreachable: '平台没有响应。',
    unreachableAdvice: '请检查网络连接；页面会自动重试。',
    retry: '重试',
    code: '代码 {{code}}',
    forbidden: '您的角色无权查看此页面。',
    forbiddenAdvice: '用户 {{user}} 的角色为“{{role}}”。管理员可以授予查看资产和指标的权限。',
    notFound: '此地址没有页面。',
    toOverview: '返回总览',
    unexpected: '页面出现错误。',
  },
  connection: {
    connecting: '正在连接……',
    live: '实时',
    lost: '连接中断',
    lostDetail: '连接中断。显示的是 {{duration}}前的最后状态，正在重新连接……',
    unreachable: '尚未收到实时数据。请检查网络连接；页面会自动重试。',
    refused: '实时数据被拒绝：{{detail}}',
  },
  duration: {
    seconds: '{{s}} 秒',
    minutes: '{{m}} 分钟',
    hours: '{{h}} 小时 {{m}} 分',
    days: '{{d}} 天 {{h}} 小时',
  },
};
