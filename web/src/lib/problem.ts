/** An error as the interface sees it: RFC 9457 from the server, or one of the three that never reached it. */
export type Problem = {
  status: number;
  code: string;
  title: string;
  detail?: string | undefined;
  hint?: string | undefined;
  requestId?: string | undefined;
  retryAfterS?: number | undefined;
  fields: Record<string, unknown>;
};

const KNOWN = new Set(['type', 'status', 'code', 'title', 'detail', 'hint', 'instance', 'request_id', 'retry_after_s']);

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

export function problemFrom(response: Response, body: unknown): Problem {
  const members = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const retryAfter = Number(response.headers.get('retry-after') ?? members.retry_after_s);
  return {
    status: response.status,
    code: text(members.code) ?? `http.${response.status}`,
    title: text(members.title) ?? response.statusText,
    detail: text(members.detail),
    hint: text(members.hint),
    requestId: text(members.request_id) ?? response.headers.get('x-request-id') ?? undefined,
    retryAfterS: Number.isFinite(retryAfter) && retryAfter > 0 ? retryAfter : undefined,
    fields: Object.fromEntries(Object.entries(members).filter(([name]) => !KNOWN.has(name))),
  };
}

export function unreachable(code: 'client.offline' | 'client.timeout' | 'client.unreadable'): Problem {
  return { status: 0, code, title: code, fields: {} };
}

export function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'status' in value && 'code' in value;
}

/** Field messages of a 422: `fields.errors` is either {field: message} or [{field, message}]. */
export function fieldErrors(problem: Problem | undefined): Record<string, string> {
  const errors = problem?.fields.errors ?? problem?.fields.fields;
  if (Array.isArray(errors)) {
    return Object.fromEntries(
      errors.flatMap((entry: unknown) => {
        const { field, message } = (entry ?? {}) as { field?: unknown; message?: unknown };
        return text(field) && text(message) ? [[String(field), String(message)]] : [];
      }),
    );
  }
  if (typeof errors === 'object' && errors !== null) {
    return Object.fromEntries(Object.entries(errors).map(([field, message]) => [field, String(message)]));
  }
  return {};
}
