// A small course of their own for the learner's tests: packed as Open edX exports are, imported, published.
import { gzipSync } from 'node:zlib';

const PACE_MS = 250;

/** The demo accounts of the running platform, as `stoa status --json` tells them. */
export function account(role) {
  const status = JSON.parse(process.env.STOA_STATUS ?? '{}');
  const found = status.accounts?.find((each) => each.role === role);
  if (!found) throw new Error(`STOA_STATUS names no ${role}: give it the output of \`stoa status --json\``);
  return found;
}

const tokens = new Map();

export async function apiOf(url, role) {
  const { email, password } = account(role);
  const call = async (method, path, body, { raw, token, headers = {} } = {}) => {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: { ...(raw ? {} : { 'content-type': 'application/json' }), ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers },
      ...(body === undefined ? {} : { body: raw ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 300)}`);
    return text ? JSON.parse(text) : undefined;
  };
  // One sign-in for all: the platform counts them.
  if (!tokens.has(role)) tokens.set(role, (await call('POST', '/identity/login', { email, password })).access_token);
  const token = tokens.get(role);
  return (method, path, body, options = {}) => call(method, path, body, { ...options, token });
}

const octal = (value, length) => value.toString(8).padStart(length - 1, '0') + '\0';

export function tar(files) {
  const parts = Object.entries(files).flatMap(([name, content]) => {
    const body = Buffer.from(content);
    const head = Buffer.alloc(512);
    head.write(name, 0, 100);
    head.write(octal(0o644, 8) + octal(0, 8) + octal(0, 8) + octal(body.length, 12) + octal(0, 12) + ' '.repeat(8) + '0', 100);
    head.write('ustar\u000000', 257);
    head.write(octal(head.reduce((sum, byte) => sum + byte, 0), 7) + '\0', 148);
    return [head, body, Buffer.alloc((512 - (body.length % 512)) % 512)];
  });
  return gzipSync(Buffer.concat([...parts, Buffer.alloc(1024)]));
}

/** Import and publish; returns {id, slug}. The name makes each run's course another one. */
export async function publish(url, name, chapters, extra = {}) {
  const author = await apiOf(url, 'author');
  const files = {
    'course/course.xml': `<course org="E2E" course="${name}" url_name="run"/>`,
    'course/course/run.xml': `<course display_name="Course ${name}" language="en">${chapters}</course>`,
    ...extra,
  };
  const { import_id: id } = await author('POST', `/courses/import?format=olx&filename=${name}.tar.gz`, tar(files), { raw: true });
  let report;
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; ) {
    report = await author('GET', `/courses/imports/${id}`);
    if (report.state === 'done' || report.state === 'failed') break;
    await new Promise((resolve) => setTimeout(resolve, PACE_MS));
  }
  if (report.state !== 'done') throw new Error(`import: ${JSON.stringify(report).slice(0, 500)}`);
  await author('POST', `/courses/${report.course}/publish`, { note: 'e2e' });
  const draft = await author('GET', `/courses/${report.course}`);
  return { id: report.course, slug: draft.fields.slug };
}

/** Some seconds of a quiet tone as a WAV file: a film that every browser plays, without a codec. */
export function tone(seconds) {
  const rate = 8000;
  const samples = Buffer.alloc(rate * seconds, 128);
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + samples.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate, 28);
  head.writeUInt16LE(1, 32);
  head.writeUInt16LE(8, 34);
  head.write('data', 36);
  head.writeUInt32LE(samples.length, 40);
  return Buffer.concat([head, samples]);
}
