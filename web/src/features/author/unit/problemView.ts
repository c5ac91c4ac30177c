import type { ProblemView } from '@lib/api/catalog';
import type { Problem } from '@lib/api/courses';

type Part = Problem['parts'][number];
type View = ProblemView['parts'][number];

const UNSCORED = new Set(['free_text', 'poll', 'survey', 'word_cloud']);
const frame = ({ id, label, description, points, inline }: Part) => ({ id, label, description, points, inline });

/** What a learner would see of a problem: the same parts without their keys. */
export function viewOf(problem: Problem, id: string): ProblemView {
  const scored = problem.parts.filter((part) => !UNSCORED.has(part.kind));
  return {
    id,
    title: problem.title,
    body: problem.body,
    parts: problem.parts.map(partOf),
    hints: problem.hints.length,
    has_solution: problem.solution !== '',
    is_scored: scored.length > 0,
    max_attempts: problem.max_attempts,
    possible: String(scored.reduce((sum, part) => sum + Number(part.points), 0)),
  };
}

function partOf(part: Part): View {
  switch (part.kind) {
    case 'single_choice':
    case 'dropdown':
    case 'multiple_choice':
      return { ...frame(part), kind: part.kind, choices: part.choices.map(({ id, html }) => ({ id, html })) } as View;
    case 'numerical':
      return { ...frame(part), kind: part.kind, size: part.size, trailing_text: part.trailing_text, wants_unit: part.unit !== '' };
    case 'short_text':
      return { ...frame(part), kind: part.kind, size: part.size, trailing_text: part.trailing_text };
    case 'formula':
      return { ...frame(part), kind: part.kind, size: part.size, trailing_text: part.trailing_text, variables: part.variables.map(({ name }) => name) };
    case 'drag_and_drop': {
      const { draggables, zones, image, image_alt, width, height, is_percent, shows_zone_titles } = part;
      return {
        ...frame(part),
        kind: part.kind,
        draggables: draggables.map(({ id, html, image: picture, image_alt: alt }) => ({ id, html, image: picture, image_alt: alt })),
        zones,
        image,
        image_alt,
        width,
        height,
        is_percent,
        shows_zone_titles,
        intro: part.feedback_start,
      };
    }
    case 'image_region':
      return { ...frame(part), kind: part.kind, image: part.image, image_alt: part.image_alt, width: part.width, height: part.height };
    case 'free_text':
      return { ...frame(part), kind: part.kind, size: part.size };
    case 'poll':
      return { ...frame(part), kind: part.kind, options: part.options };
    case 'survey':
      return { ...frame(part), kind: part.kind, options: part.options, questions: part.questions };
    case 'word_cloud':
      return { ...frame(part), kind: part.kind, inputs: part.inputs };
  }
}
