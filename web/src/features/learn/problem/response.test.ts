import { afterEach, describe, expect, test, vi } from 'vitest';

import type { AttemptState } from '@lib/api/progress';

import { buildResponse, countsOf, nothingAnswered, sameAnswer, startAnswers, textOf, withAddresses, type PartView } from './response';

afterEach(() => vi.unstubAllGlobals());

const frame = { label: '', description: '', points: '1', inline: false };
const choices = ['a', 'b', 'c'].map((id) => ({ id, html: id }));
const PARTS: PartView[] = [
  { ...frame, kind: 'single_choice', id: 'one', choices },
  { ...frame, kind: 'multiple_choice', id: 'many', choices },
  { ...frame, kind: 'numerical', id: 'number', size: 0, trailing_text: '', wants_unit: false },
  { ...frame, kind: 'word_cloud', id: 'words', inputs: 3 },
  { ...frame, kind: 'drag_and_drop', id: 'lay', draggables: [], zones: [], image: '', image_alt: '', width: 0, height: 0, is_percent: false, shows_zone_titles: false, intro: '' },
];
const response = (answers: AttemptState['response']) => answers;
const attempt = (over: Partial<AttemptState>): AttemptState => ({
  problem: 'p', attempts: 0, attempts_left: null, response: null, draft: null, scored: null, best_points: '0', hints: [], is_solution_released: false, changed_at: null, ...over,
});

describe('a response', () => {
  test('names every part and says null for what is empty', () => {
    expect(buildResponse(PARTS, { number: '  ', many: [], lay: {} }, 'en')).toEqual({
      answers: { one: null, many: null, number: null, words: null, lay: null },
      locale: 'en',
    });
  });

  test('lists what was ticked in the order of the choices, and only choices', () => {
    expect(buildResponse(PARTS, { many: ['c', 'a', 'gone'] }, 'en').answers.many).toEqual(['a', 'c']);
  });

  test('drops the empty fields of a word cloud and leaves other texts as they were written', () => {
    const { answers } = buildResponse(PARTS, { words: [' clear ', '', 'kind'], number: ' 1,5 ' }, 'ar');

    expect(answers.words).toEqual(['clear', 'kind']);
    expect(answers.number).toBe(' 1,5 ');
  });

  test('holds nothing when every part is empty', () => {
    expect(nothingAnswered(PARTS, { number: ' ', lay: {} })).toBe(true);
    expect(nothingAnswered(PARTS, { lay: { thing: 'zone' } })).toBe(false);
  });
});

describe('what a learner sees at first', () => {
  test('is the draft, else the answer that was sent, without the parts that are empty or gone', () => {
    const sent = response({ answers: { one: 'a', number: null, old: 'x' }, locale: 'en' });
    const draft = response({ answers: { one: 'b' }, locale: 'en' });

    expect(startAnswers(PARTS, attempt({ response: sent }))).toEqual({ one: 'a' });
    expect(startAnswers(PARTS, attempt({ response: sent, draft }))).toEqual({ one: 'b' });
    expect(startAnswers(PARTS, null)).toEqual({});
  });

  test('counts as unchanged when both are empty', () => {
    expect(sameAnswer(null, '')).toBe(true);
    expect(sameAnswer(['a'], ['a'])).toBe(true);
    expect(sameAnswer('a', undefined)).toBe(false);
  });
});

describe('the markup of a problem', () => {
  test('gets the addresses of its files and blocks, and nothing else is touched', () => {
    const urls = { 'asset:map.png': '/media/o/h/map.png', 'block:1': '/learn/c/u#block-1' };

    expect(withAddresses('<img src="asset:map.png"><a href="block:1">x</a><a href="asset:lost">y</a> asset:map.png', urls)).toBe(
      '<img src="/media/o/h/map.png"><a href="/learn/c/u#block-1">x</a><a href="asset:lost">y</a> asset:map.png',
    );
  });

  test('cannot break out of its attribute by an address', () => {
    expect(withAddresses('<img src="asset:a">', { 'asset:a': '/x" onerror="y' })).toBe('<img src="/x&quot; onerror=&quot;y">');
  });

  test('is read as text without the source of formulas', () => {
    const math = '<math><semantics><mi>δ</mi><annotation encoding="application/x-tex">\\delta</annotation></semantics></math>';

    expect(textOf(`Find <b>the</b> ${math} &amp; more`)).toBe('Find the δ & more');
  });

  test('is read as text where a page takes markup only from the policy, as our pages do', async () => {
    class Blessed {
      constructor(readonly html: string) {}
    }
    const { DOMParser: Plain } = globalThis;
    class Strict {
      parseFromString(html: unknown, type: DOMParserSupportedType): Document {
        if (!(html instanceof Blessed)) throw new TypeError("This document requires 'TrustedHTML' assignment.");
        return new Plain().parseFromString(html.html, type);
      }
    }
    vi.stubGlobal('trustedTypes', { createPolicy: () => ({ createHTML: (html: string) => new Blessed(html) }) });
    vi.stubGlobal('DOMParser', Strict);
    vi.resetModules();
    const strict = await import('./response');

    expect(strict.textOf('Speed <math><mi>v</mi></math> &lt; 3')).toBe('Speed v < 3');
  });
});

describe('tallies', () => {
  const tallies = [
    { part: 'poll', option: 'a', count: 2 },
    { part: 'survey', option: 'q1:yes', count: 3 },
    { part: 'survey', option: 'q10:yes', count: 9 },
  ];

  test('are those of a part, or of one question of a survey', () => {
    expect([...countsOf(tallies, 'poll')]).toEqual([['a', 2]]);
    expect([...countsOf(tallies, 'survey', 'q1')]).toEqual([['yes', 3]]);
  });
});
