/** What axe says of a page, as far as it is asked for here. */
export interface AxeFindings {
  readonly passed: number;
  readonly violations: readonly AxeViolation[];
}

interface AxeViolation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string }[];
}

interface Axe {
  run(options: object): Promise<{ passes: readonly object[]; violations: readonly AxeViolation[] }>;
}

/**
 * Runs inside the page, handed over as text: it can use nothing from outside itself. All rules look at a page once for each
 * shape it takes; where only colours, figures and places are others than before, the rules of colour look again, and what
 * the others said of that shape still holds.
 */
export async function axeInPage(): Promise<AxeFindings> {
  const page = window as unknown as { axe: Axe; axeOfShapes?: Map<string, AxeFindings> };
  page.axeOfShapes ??= new Map();
  const known = page.axeOfShapes;
  const ofColour = ['color-contrast', 'link-in-text-block'];

  /** Names, roles, states, what is shown, and what scrolls; without colours, and a figure is a figure. */
  const shapeOf = (): string => {
    const html = document.body.outerHTML
      .replace(/\bcss-[\w-]+/g, '')
      // In text and in styles only: the number of a tabindex is one that counts.
      .replace(/>[^<]+| style="[^"]*"/g, (part) =>
        part.replace(/#[0-9a-f]{3,8}\b|\b(?:rgb|hsl)a?\([^)]*\)/gi, '').replace(/\d+(?:[.,:]\d+)*/g, '0'),
      );
    let seen = `${document.documentElement.lang} ${document.title.replace(/\d+/g, '0')} `;
    for (const one of document.body.querySelectorAll('*')) {
      const shown = one.checkVisibility({ visibilityProperty: true });
      const scrolls = shown && (one.scrollWidth > one.clientWidth || one.scrollHeight > one.clientHeight);
      seen += shown ? (scrolls ? 's' : 'v') : '-';
    }
    return seen + html;
  };

  const look = async (options: object): Promise<AxeFindings> => {
    // Only what fails is told at length: the rest is most of the work of a run.
    const { passes, violations } = await page.axe.run({ resultTypes: ['violations'], ...options });
    return { passed: passes.length, violations };
  };
  const shape = shapeOf();
  const before = known.get(shape);
  if (before === undefined) {
    const { passed, violations } = await look({});
    known.set(shape, { passed, violations: violations.filter(({ id }) => !ofColour.includes(id)) });
    return { passed, violations };
  }
  const colours = await look({ runOnly: { type: 'rule', values: ofColour } });
  return { passed: before.passed + colours.passed, violations: [...before.violations, ...colours.violations] };
}
