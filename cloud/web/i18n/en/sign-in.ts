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
    limited: 'Too many attempts.',
    limitedAdvice: 'Try again in {{duration}}.',
    limitedSoon: 'Try again in a few minutes.',
    ended: 'Your session has ended. Please sign in again.',
  },
};
