export const overviewTexts = {
  overview: {
    title: 'Overview',
    allLines: 'All lines',
    lines: 'Choose a line',
    unnamedPlant: 'Plant',
    noLine: 'This line does not exist any more.',
    machines: 'Machines of {{line}}',
    noMachines: 'No machine is assigned to this line yet.',
  },
  empty: {
    title: 'No line is set up yet',
    intro: 'Three steps lead to the first figures:',
    gateway: 'Give a gateway its name; the page then shows its one-time code and what to type.',
    agent: 'On the machine beside the PLC, start the agent with that code:',
    plant:
      'Describe lines, machines and their signals on their page, or in the plant file the cloud service starts with.',
  },
  gateways: {
    title: 'Gateways',
    online: 'online',
    offline: 'offline',
    neverSeen: 'never seen',
    lastSeen: 'last seen {{duration}} ago',
    backlog: 'backlog {{batches}} batches, {{size}}',
    noBacklog: 'no backlog',
    sources: 'sources {{connected}}/{{total}}',
    sourceFailing: '{{name}}: {{detail}}',
    losses: 'losses recorded: {{gaps}}',
    none: 'No gateway is enrolled.',
  },
};
