import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import { HighlightStyle, indentUnit, syntaxHighlighting } from '@codemirror/language';
import { type Diagnostic, forEachDiagnostic, lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint';
import { unifiedMergeView } from '@codemirror/merge';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { EditorState, type Extension } from '@codemirror/state';
import { EditorView, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { type Ref, useEffect, useImperativeHandle, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TextFault } from '../configuration-shapes.ts';
import { yamlPhrases } from '../i18n/yaml-phrases.ts';

const none: readonly TextFault[] = [];
const english: Readonly<Record<string, string>> = {};

export interface YamlTextHandle {
  /** Puts the cursor there and the line into sight. */
  goTo(line: number, column: number): void;
}

/**
 * YAML with line numbers and faults at their lines, to be read or written; only what is in sight is in the document, so a long
 * one is no burden. Tab leaves it, as it leaves every field.
 */
export function YamlText(props: {
  label: string;
  /** What it begins with; another one begins anew. */
  text: string;
  faults?: readonly TextFault[];
  /** Shown are only the differences from this text. */
  against?: string | undefined;
  /** Makes it one to write in. */
  onChange?: (text: string) => void;
  ref?: Ref<YamlTextHandle>;
}) {
  const { label, text, faults = none, against, onChange, ref } = props;
  const { i18n } = useTranslation();
  const place = useRef<HTMLDivElement>(null);
  const [view, setView] = useState<EditorView>();
  const changed = useRef(onChange);
  // Another language of the page must not take away what was written.
  const begun = useRef({ text, now: text });
  const isWritten = onChange !== undefined;
  const phrases = i18n.language === 'en' ? english : yamlPhrases;
  useEffect(() => {
    changed.current = onChange;
  }, [onChange]);
  useEffect(() => {
    if (begun.current.text !== text) begun.current = { text, now: text };
    const tell = (now: string): void => {
      begun.current.now = now;
      changed.current?.(now);
    };
    const made = new EditorView({
      parent: place.current!,
      doc: begun.current.now,
      extensions: [
        common,
        EditorState.phrases.of(phrases),
        EditorView.contentAttributes.of({ 'aria-label': label, 'aria-readonly': String(!isWritten) }),
        EditorState.readOnly.of(!isWritten),
        against === undefined ? [] : differences(against),
        isWritten ? [history(), keymap.of(historyKeymap), EditorView.updateListener.of(told(tell))] : [],
      ],
    });
    setView(made);
    return () => made.destroy();
  }, [text, against, label, isWritten, phrases]);
  useEffect(() => {
    if (view !== undefined) mark(view, faults);
  }, [view, faults]);
  useImperativeHandle(ref, () => ({
    goTo: (line, column) => {
      if (view === undefined) return;
      const anchor = offsetOf(view.state, line, column);
      view.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: 'center' }) });
      view.focus();
    },
  }));
  return <div className="yaml-text" ref={place} />;
}

/** Weight instead of colour: colour is kept for faults and differences. */
const plain = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], fontWeight: '600' },
  { tag: tags.comment, color: 'var(--quiet)' },
]);

const common: Extension = [
  lineNumbers(),
  lintGutter(),
  yaml(),
  indentUnit.of('  '),
  syntaxHighlighting(plain),
  search({ top: true }),
  highlightSelectionMatches(),
  EditorView.lineWrapping,
  keymap.of([...searchKeymap, ...lintKeymap, ...defaultKeymap]),
];

function differences(original: string): Extension {
  return unifiedMergeView({
    original,
    mergeControls: false,
    syntaxHighlightDeletions: false,
    collapseUnchanged: { margin: 3, minSize: 6 },
    // Two texts of a megabyte that have nothing in common must not hold the page up.
    diffConfig: { scanLimit: 5_000, timeout: 500 },
  });
}

function told(tell: (text: string) => void) {
  return ({ docChanged, state }: { docChanged: boolean; state: EditorState }): void => {
    if (docChanged) tell(state.doc.toString());
  };
}

function mark(view: EditorView, faults: readonly TextFault[]): void {
  const { state } = view;
  const diagnostics = faults.flatMap(({ line, column, what }): Diagnostic[] => {
    if (line === undefined) return [];
    const from = offsetOf(state, line, column);
    return [{ from, to: Math.max(from, state.doc.lineAt(from).to), severity: 'error', message: what }];
  });
  let had = 0;
  forEachDiagnostic(state, () => {
    had += 1;
  });
  if (had > 0 || diagnostics.length > 0) view.dispatch(setDiagnostics(state, diagnostics));
}

/** The nearest there is: what was told may be of a text that has changed since. */
function offsetOf({ doc }: EditorState, line: number, column: number): number {
  const found = doc.line(Math.min(Math.max(1, line), doc.lines));
  return Math.min(found.from + column - 1, found.to);
}
