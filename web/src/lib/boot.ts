import { recall, remember } from '@lib/storage';

/** What the gateway prints into the page: the first API answers ({"/api/v1/…": {body, etag?}}, each used once) and the second origin. */
type Answer = { body: unknown; etag?: string };
type Boot = { answers?: Record<string, Answer>; content?: string };

let told: Boot | undefined;

function boot(): Boot {
  if (!told) {
    try {
      told = JSON.parse(document.getElementById('boot')?.textContent ?? '{}') as Boot;
    } catch {
      told = {};
    }
  }
  return told;
}

export function bootAnswer(url: string): Answer | undefined {
  const { answers } = boot();
  const answer = answers?.[url];
  if (answers) delete answers[url];
  return answer;
}

/** Where pages that people wrote are shown; remembered, because the offline copy of the page is told nothing. */
export function contentOrigin(): string | undefined {
  const { content } = boot();
  if (content) remember('content', content);
  return content ?? recall('content') ?? undefined;
}
