import type { signInTexts as english } from '../en/sign-in.ts';

export const signInTexts: typeof english = {
  signIn: {
    title: '登录',
    user: '用户名',
    password: '密码',
    submit: '登录',
    working: '正在登录……',
    missing: '请输入用户名和密码。',
    wrong: '用户名或密码错误。',
    wrongAdvice: '初始密码只在平台首次启动时显示一次。',
    limited: '尝试次数过多。',
    limitedAdvice: '请在 {{duration}}后重试。',
    limitedSoon: '请几分钟后重试。',
    ended: '会话已结束，请重新登录。',
  },
};
