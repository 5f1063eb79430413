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
    code: '验证码',
    codeNote: '请输入验证器应用当前显示的六位数字，或一个恢复码。',
    codeMissing: '请输入验证码。',
    codeWrong: '验证码错误或已用过。',
    codeWrongAdvice: '请等待应用显示下一个验证码并检查手机时间，或使用恢复码。',
    disabled: '此用户已被停用，无法登录。',
    disabledAdvice: '请联系管理员。',
    back: '使用其他账户登录',
    limited: '尝试次数过多。',
    limitedAdvice: '请在 {{duration}}后重试。',
    limitedSoon: '请几分钟后重试。',
    ended: '会话已结束，请重新登录。',
  },
};
