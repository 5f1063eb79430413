export const andonTexts = {
  andon: {
    title: 'Andon',
    tools: 'Wall',
    calling: 'Down: {{machines}}',
    silence: 'Silence',
    sound: { off: 'Sound off', locked: 'Touch to hear', on: 'Sound on' },
    fullScreen: 'Full screen',
    cut: 'Connection lost. This is what was known {{duration}} ago.',
  },
};
