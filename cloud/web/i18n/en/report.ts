export const reportTexts = {
  report: {
    title: 'Shift report',
    print: 'Print',
    notes: 'Notes and measures:',
    signature: 'Handed over by / taken over by:',
    method: 'KPIs by ISO 22400-2. Lost pieces are lost time over the planned cycle',
    made: 'made {{time}}',
    column: {
      line: 'Line',
      oee: 'OEE',
      target: 'Target',
      availability: 'Availability',
      effectiveness: 'Effectiveness',
      quality: 'Quality',
      good: 'Good',
      scrap: 'Scrap',
      lost: 'Lost pcs',
      lostTime: 'Lost time',
      observed: 'Observed',
    },
  },
};
