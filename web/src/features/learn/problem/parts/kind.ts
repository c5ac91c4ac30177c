// What every kind of part is given, and which of them stand inside a sentence.
import type { ReactNode } from 'react';

import type { PartResult, Tally } from '@lib/api/progress';

import type { Answer, PartView } from '../response';

export type FieldProps = {
  part: PartView;
  number: number;
  alone: boolean;
  title: string;
  urls: Record<string, string>;
  value: Answer | undefined;
  onChange: (answer: Answer) => void;
  disabled: boolean;
  /** No attempt is left. */
  isSpent: boolean;
  /** The judgement on what stands there now. */
  result: PartResult | undefined;
  isScored: boolean;
  tallies: Tally[] | undefined;
};

/** What every kind of part gets: its name as markup and as text, and what describes it. */
export type KindProps<Part extends PartView = PartView> = Omit<FieldProps, 'part' | 'result'> & {
  part: Part;
  label: ReactNode;
  hasLabel: boolean;
  name: string;
  hint: ReactNode;
  describedBy: string | undefined;
  invalid: boolean;
};

export const isInline = (part: PartView): boolean => part.inline && part.label === '' && part.description === '';
