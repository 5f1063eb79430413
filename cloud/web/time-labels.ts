import type uPlot from 'uplot';

/** Labels of a time axis in the plant's zone: as fine as the marks are, with the day where a new one begins. */
export function timeLabels(language: string, timeZone: string): uPlot.Axis.Values {
  const format = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(language, { ...options, timeZone, hourCycle: 'h23' });
  const day = format({ month: 'short', day: 'numeric' });
  const year = format({ year: 'numeric', month: 'short' });
  const minute = format({ hour: '2-digit', minute: '2-digit' });
  const second = format({ hour: '2-digit', minute: '2-digit', second: '2-digit' });
  const fraction = format({ hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3 });
  return (_plot, marks) => {
    const step = marks.length > 1 ? marks[1]! - marks[0]! : 0;
    const fine = step < 1000 ? fraction : step < 60_000 ? second : step < 86_400_000 ? minute : null;
    let before = '';
    return marks.map((time) => {
      if (step >= 28 * 86_400_000) return year.format(time);
      const today = day.format(time);
      const isNew = today !== before;
      before = today;
      if (fine === null) return today;
      return isNew ? `${fine.format(time)}\n${today}` : fine.format(time);
    });
  };
}
