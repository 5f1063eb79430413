export const signInTexts = {
  signIn: {
    title: 'Sign in',
    user: 'User',
    password: 'Password',
    submit: 'Sign in',
    working: 'Signing in …',
    missing: 'Enter user and password.',
    wrong: 'User or password is wrong.',
    wrongAdvice: 'The first password was printed once, when the platform was started for the first time.',
    code: 'Code',
    codeNote: 'The six digits your app shows now, or one of your recovery codes.',
    codeMissing: 'Enter the code.',
    codeWrong: 'The code is wrong or was used before.',
    codeWrongAdvice: 'Wait for the next code of the app and check the clock of the phone, or use a recovery code.',
    disabled: 'This user may not sign in any more.',
    disabledAdvice: 'Ask an administrator.',
    back: 'Sign in as somebody else',
    or: 'or',
    withProvider: 'Sign in with {{provider}}',
    limited: 'Too many attempts.',
    limitedAdvice: 'Try again in {{duration}}.',
    limitedSoon: 'Try again in a few minutes.',
    ended: 'Your session has ended. Please sign in again.',
  },
  oidc: {
    failed: 'You are not signed in',
    unreachable: 'The identity provider does not answer.',
    unreachableAdvice: 'Try again, or sign in with a password. The log of the platform says more.',
    again: 'Begin again',
    withPassword: 'Sign in with name and password',
    reasons: {
      'oidc-refused': 'The identity provider refused the sign-in.',
      'oidc-attempt-unknown':
        'This sign-in was not begun in this tab, was finished before, or took longer than ten minutes.',
      'oidc-role-missing':
        'The identity provider knows you, but names no role of this platform. Ask whoever keeps its users for one.',
      'oidc-name-taken':
        'Your name at the identity provider belongs to another user of this platform. Ask an administrator: one of the two needs another name.',
      'user-disabled': 'Your user may not sign in any more. Ask an administrator.',
    },
  },
};
