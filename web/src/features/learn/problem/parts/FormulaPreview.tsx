import { createElement, type ReactNode } from 'react';

import { useT } from '@lib/i18n';

import { readFormula, type Tree } from './formula';

const GREEK: Record<string, string> = {
  alpha: 'α', beta: 'β', gamma: 'γ', delta: 'δ', epsilon: 'ε', zeta: 'ζ', eta: 'η', theta: 'θ', kappa: 'κ', lambda: 'λ', mu: 'μ', nu: 'ν', xi: 'ξ', pi: 'π', rho: 'ρ', sigma: 'σ', tau: 'τ', phi: 'φ', chi: 'χ', psi: 'ψ', omega: 'ω',
  Gamma: 'Γ', Delta: 'Δ', Theta: 'Θ', Lambda: 'Λ', Sigma: 'Σ', Phi: 'Φ', Psi: 'Ψ', Omega: 'Ω',
};

const el = (name: string, ...children: ReactNode[]): ReactNode => createElement(name, null, ...children);

function nameOf(text: string): ReactNode {
  const [head = '', ...tail] = text.split('_');
  const base = el('mi', GREEK[head] ?? head);
  return tail.length === 0 ? base : el('msub', base, el('mi', tail.map((each) => GREEK[each] ?? each).join(',')));
}

function mathOf(tree: Tree): ReactNode {
  switch (tree.kind) {
    case 'number': {
      const [digits = '', exponent] = tree.text.split(/[eE]/);
      return exponent === undefined ? el('mn', digits) : el('mrow', el('mn', digits), el('mo', '·'), el('msup', el('mn', '10'), el('mn', exponent.replace('+', ''))));
    }
    case 'name':
      return nameOf(tree.text);
    case 'minus':
      return el('mrow', el('mo', '−'), mathOf(tree.of));
    case 'factorial':
      return el('mrow', mathOf(tree.of), el('mo', '!'));
    case 'row':
      return el('mrow', mathOf(tree.left), el('mo', tree.operator === '-' ? '−' : tree.operator), mathOf(tree.right));
    case 'fraction':
      return el('mfrac', mathOf(tree.left), mathOf(tree.right));
    case 'power':
      return el('msup', mathOf(tree.left), mathOf(tree.right));
    case 'group':
      return el('mrow', el('mo', '('), mathOf(tree.of), el('mo', ')'));
    case 'call':
      if (tree.name === 'sqrt' && tree.args.length === 1) return el('msqrt', mathOf(tree.args[0] as Tree));
      if (tree.name === 'abs' && tree.args.length === 1) return el('mrow', el('mo', '|'), mathOf(tree.args[0] as Tree), el('mo', '|'));
      return el('mrow', nameOf(tree.name), el('mo', '('), ...tree.args.flatMap((arg, index) => (index === 0 ? [mathOf(arg)] : [el('mo', ','), mathOf(arg)])), el('mo', ')'));
  }
}

function namesIn(tree: Tree): string[] {
  if (tree.kind === 'name') return [tree.text];
  if ('args' in tree) return tree.args.flatMap(namesIn);
  if ('of' in tree) return namesIn(tree.of);
  return 'left' in tree ? [...namesIn(tree.left), ...namesIn(tree.right)] : [];
}

const CONSTANTS = new Set(['pi', 'e', 'i', 'j', 'g', 'c', 'k', 'q', 'T', 'inf']);

/** The expression as it is read, drawn while it is written. */
export default function FormulaPreview({ source, variables }: { source: string; variables: string[] }) {
  const t = useT();
  const reading = readFormula(source);
  if (!('tree' in reading)) {
    return (
      <p className="hint formula-preview" role="status">
        {reading.at >= source.trimEnd().length ? t('learn.formula.unfinished') : t('learn.formula.unreadable', { rest: source.slice(reading.at).trim().slice(0, 20) })}
      </p>
    );
  }
  const strangers = variables.length === 0 ? [] : [...new Set(namesIn(reading.tree))].filter((name) => !variables.includes(name) && !CONSTANTS.has(name));
  return (
    <div className="formula-preview">
      <p className="hint">
        {t('learn.formula.read')} <bdi dir="ltr">{el('math', mathOf(reading.tree))}</bdi>
      </p>
      {strangers.length > 0 && <p className="hint">{t('learn.formula.unknown', { names: strangers.join(', ') })}</p>}
    </div>
  );
}
