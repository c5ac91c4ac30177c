// Drives the unmodified npm SDK against `stoa sockets --conformance`: one JSON line for each scenario.
// node --experimental-websocket --experimental-eventsource sdk.mjs PATH_OF_SDK ORIGIN TRANSPORT
import { createHmac } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import assert from 'node:assert/strict';

const [where, origin, transport] = process.argv.slice(2);
const { Centrifuge } = await import(pathToFileURL(where));
const paths = { websocket: '/connection/websocket', http_stream: '/connection/http_stream', sse: '/connection/sse' };
const endpoint = (transport === 'websocket' ? origin.replace('http', 'ws') : origin) + paths[transport];
const PATIENCE = 10_000;
let serial = 0;
const name = (namespace = '') => `${namespace}${namespace && ':'}c${process.pid}x${++serial}`;

function client(options = {}) {
  return new Centrifuge([{ transport, endpoint }], {
    emulationEndpoint: origin + '/emulation', websocket: WebSocket, eventsource: EventSource, fetch,
    minReconnectDelay: 10, maxReconnectDelay: 50, ...options,
  });
}

const soon = (promise, what) => Promise.race([
  promise, new Promise((_, no) => setTimeout(() => no(new Error(`in vain: ${what}`)), PATIENCE).unref()),
]);
const once = (emitter, event) => soon(new Promise((yes) => emitter.once(event, yes)), event);
function collect(sub, count) {
  const found = [];
  return soon(new Promise((yes) => sub.on('publication', (ctx) => { found.push(ctx); if (found.length === count) yes(found); })),
    `${count} publications`);
}

async function api(method, body) {
  const answer = await fetch(`${origin}/api/${method}`, {
    method: 'POST', headers: { 'Content-Type': 'application/json', 'X-API-Key': 'any' }, body: JSON.stringify(body),
  });
  return (await answer.json()).result;
}
const publish = (channel, data) => api('publish', { channel, data });

function token(claims) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const body = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
  return `${body}.${createHmac('sha256', 'secret').update(body).digest('base64url')}`;
}
const inSeconds = (seconds) => Math.floor(Date.now() / 1000) + seconds;

async function connected(options) {
  const c = client(options);
  c.connect();
  await c.ready(PATIENCE);
  return c;
}
async function subscribed(c, channel, options) {
  const sub = c.newSubscription(channel, options);
  sub.subscribe();
  await sub.ready(PATIENCE);
  return sub;
}

const scenarios = {
  async connects_and_disconnects() {
    const c = await connected();
    const gone = once(c, 'disconnected');
    c.disconnect();
    assert.equal((await gone).code, 0);
  },
  async connects_after_hasty_disconnects() {
    const c = client();
    for (let n = 0; n < 10; n++) { c.connect(); c.disconnect(); }
    c.connect();
    await c.ready(PATIENCE);
    c.disconnect();
  },
  async follows_and_leaves() {
    const c = await connected();
    const sub = await subscribed(c, name());
    const left = once(sub, 'unsubscribed');
    sub.unsubscribe();
    assert.equal((await left).code, 0);
    c.disconnect();
  },
  async hears_what_it_says() {
    const c = await connected({ token: token({ sub: 'ada', info: { name: 'Ada' } }) });
    const sub = await subscribed(c, name());
    const heard = once(sub, 'publication');
    await sub.publish({ text: 'line\nbreak “ü” 🎓' });
    const ctx = await heard;
    assert.deepEqual(ctx.data, { text: 'line\nbreak “ü” 🎓' });
    assert.equal(ctx.info.user, 'ada');
    assert.deepEqual(ctx.info.connInfo, { name: 'Ada' });
    c.disconnect();
  },
  async follows_anew_many_times() {
    const c = await connected();
    const channel = name();
    const sub = c.newSubscription(channel);
    for (let n = 0; n < 10; n++) { sub.subscribe(); sub.unsubscribe(); }
    sub.subscribe();
    await sub.ready(PATIENCE);
    const stats = await sub.presenceStats();
    assert.deepEqual([stats.numClients, stats.numUsers], [1, 1]);
    sub.unsubscribe();
    const until = Date.now() + PATIENCE;
    while ((await c.presenceStats(channel)).numClients && Date.now() < until);
    assert.deepEqual((await c.presence(channel)).clients, {});
    c.disconnect();
  },
  async a_call_is_not_available() {
    const c = client();
    const refused = c.rpc('method', {}).then(() => null, (error) => error);
    c.connect();
    assert.equal((await soon(refused, 'refusal')).code, 108);
    c.disconnect();
  },
  async sees_who_is_there() {
    const channel = name();
    const ada = await connected({ token: token({ sub: 'ada', info: { name: 'Ada' } }) });
    const bob = await connected({ token: token({ sub: 'bob' }) });
    const sub = await subscribed(ada, channel, { token: token({ sub: 'ada', channel, info: { seat: 1 } }) });
    await subscribed(bob, channel);
    const { clients } = await sub.presence();
    const found = Object.values(clients).map((one) => [one.user, one.connInfo, one.chanInfo]).sort();
    assert.deepEqual(found, [['ada', { name: 'Ada' }, { seat: 1 }], ['bob', undefined, undefined]]);
    assert.equal((await sub.presenceStats()).numUsers, 2);
    ada.disconnect(); bob.disconnect();
  },
  async hears_who_comes_and_goes() {
    const channel = name();
    const here = await connected();
    const sub = await subscribed(here, channel);
    const other = await connected({ token: token({ sub: 'bob' }) });
    const came = soon(new Promise((yes) => sub.on('join', (ctx) => ctx.info.user === 'bob' && yes(ctx))), 'join');
    await subscribed(other, channel);
    const ctx = await came;
    const went = soon(new Promise((yes) => sub.on('leave', (one) => one.info.client === ctx.info.client && yes())), 'leave');
    other.disconnect();
    await went;
    here.disconnect();
  },
  async reads_history() {
    const c = await connected();
    const sub = await subscribed(c, name());
    for (let n = 1; n <= 5; n++) await publish(sub.channel, { n });
    const numbers = async (options) => (await sub.history(options)).publications.map((one) => one.data.n);
    const empty = await sub.history();
    assert.deepEqual([empty.publications.length, empty.offset], [0, 5]);
    assert.deepEqual(await numbers({ limit: -1 }), [1, 2, 3, 4, 5]);
    assert.deepEqual(await numbers({ limit: 2 }), [1, 2]);
    assert.deepEqual(await numbers({ limit: 2, reverse: true }), [5, 4]);
    assert.deepEqual(await numbers({ limit: 10, since: { offset: 3, epoch: empty.epoch } }), [4, 5]);
    const stale = await sub.history({ limit: 1, since: { offset: 3, epoch: 'other' } }).catch((error) => error);
    assert.equal(stale.code, 112);
    c.disconnect();
  },
  async recovers_after_a_disconnect() {
    const c = await connected();
    const sub = await subscribed(c, name('recovery'));
    const first = once(sub, 'publication');
    await publish(sub.channel, { n: 1 });
    await first;
    c.disconnect();
    for (const n of [2, 3, 4]) await publish(sub.channel, { n });
    const back = once(sub, 'subscribed');
    const missed = collect(sub, 3);
    c.connect();
    const ctx = await back;
    assert.deepEqual([ctx.wasRecovering, ctx.recovered, ctx.recoverable], [true, true, true]);
    assert.deepEqual((await missed).map((one) => one.data.n), [2, 3, 4]);
    const live = once(sub, 'publication');
    await publish(sub.channel, { n: 5 });
    assert.deepEqual((await live).data, { n: 5 });
    c.disconnect();
  },
  async recovers_what_a_handler_left() {
    const c = await connected();
    const sub = await subscribed(c, name('recovery'));
    sub.unsubscribe();
    for (const n of [1, 2, 3]) await publish(sub.channel, { n });
    sub.once('publication', () => sub.unsubscribe());
    const left = once(sub, 'unsubscribed');
    sub.subscribe();
    await left;
    const rest = collect(sub, 2);
    sub.subscribe();
    assert.deepEqual((await rest).map((one) => one.data.n), [2, 3]);
    c.disconnect();
  },
  async learns_that_it_missed_too_much() {
    const c = await connected();
    const sub = await subscribed(c, name('smallhistory'));
    const first = once(sub, 'publication');
    await publish(sub.channel, { n: 1 });
    await first;
    sub.unsubscribe();
    for (const n of [2, 3, 4, 5]) await publish(sub.channel, { n });
    const back = once(sub, 'subscribed');
    sub.subscribe();
    const ctx = await back;
    assert.deepEqual([ctx.wasRecovering, ctx.recovered], [true, false]);
    const live = once(sub, 'publication');
    await publish(sub.channel, { n: 6 });
    assert.deepEqual((await live).data, { n: 6 });
    c.disconnect();
  },
  async loads_its_state_anew_where_the_place_is_gone() {
    const c = await connected();
    const channel = name('smallhistory');
    let asked = 0;
    const getState = async () => {
      asked += 1;
      const { offset, epoch } = await api('history', { channel, limit: 0 });
      return { offset, epoch };
    };
    const sub = await subscribed(c, channel, { getState, minResubscribeDelay: 10, maxResubscribeDelay: 20 });
    c.disconnect();
    for (let n = 0; n < 5; n++) await publish(channel, { n });
    const back = once(sub, 'subscribed');
    c.connect();
    await back;
    assert.equal(asked, 2);
    c.disconnect();
  },
  async begins_at_a_place_it_was_told() {
    const c = await connected();
    const channel = name();
    await publish(channel, { n: 1 });
    const { epoch } = await publish(channel, { n: 2 });
    const sub = c.newSubscription(channel, { since: { offset: 0, epoch } });
    const heard = collect(sub, 2);
    sub.subscribe();
    assert.deepEqual((await heard).map((one) => one.data.n), [1, 2]);
    c.disconnect();
  },
  async reads_differences() {
    const c = await connected();
    const sub = c.newSubscription(name('delta'), { delta: 'fossil' });
    const heard = collect(sub, 10);
    sub.subscribe();
    await sub.ready(PATIENCE);
    const padding = 'x'.repeat(500);
    for (let n = 0; n < 10; n++) await publish(sub.channel, { n, padding: padding + '“ü”' });
    assert.deepEqual((await heard).map((one) => one.data), Array.from({ length: 10 }, (_, n) => ({ n, padding: padding + '“ü”' })));
    const stats = sub.deltaStats();
    assert.deepEqual([stats.numFullPayloads, stats.numDeltaPayloads], [1, 9]);
    c.disconnect();
  },
  async reads_the_difference_of_two_changes_with_a_long_text_between_them() {
    const c = await connected();
    const sub = c.newSubscription(name('delta'), { delta: 'fossil' });
    const heard = collect(sub, 3);
    sub.subscribe();
    await sub.ready(PATIENCE);
    const said = ['x', 'x', 'b'].map((end, n) => ({ n, rest: 'xü'.repeat(250) + end }));
    for (const one of said) await publish(sub.channel, one);
    assert.deepEqual((await heard).map((one) => one.data), said);
    const stats = sub.deltaStats();
    assert.deepEqual([stats.numFullPayloads, stats.numDeltaPayloads], [1, 2]);
    c.disconnect();
  },
  async recovers_differences() {
    const c = await connected();
    const sub = await subscribed(c, name('delta'), { delta: 'fossil' });
    const first = once(sub, 'publication');
    await publish(sub.channel, { step: 1, value: 'hello world' });
    await first;
    c.disconnect();
    await publish(sub.channel, { step: 2, value: 'hello world!' });
    await publish(sub.channel, { step: 3, value: 'hello earth!' });
    const missed = collect(sub, 3);
    c.connect();
    await sub.ready(PATIENCE);
    await publish(sub.channel, { step: 4, value: 'hello earth!' });
    assert.deepEqual((await missed).map((one) => one.data.step), [2, 3, 4]);
    c.disconnect();
  },
  async recovers_differences_while_more_are_said() {
    const c = await connected();
    const sub = await subscribed(c, name('delta'), { delta: 'fossil' });
    const heard = collect(sub, 45);
    const say = (n) => publish(sub.channel, { text: `${n} `.repeat(50 + n), n });
    for (let n = 0; n < 5; n++) await say(n);
    c.disconnect();
    for (let n = 5; n < 25; n++) await say(n);
    c.connect();
    for (let n = 25; n < 45; n++) await say(n);
    assert.deepEqual((await heard).map((one) => one.data.n), Array.from({ length: 45 }, (_, n) => n));
    c.disconnect();
  },
  async is_put_out_when_it_renews_as_somebody_else() {
    let asked = 0;
    const c = client({ getToken: async () => token({ sub: asked++ ? 'bob' : 'ada', exp: inSeconds(3) }) });
    const gone = once(c, 'disconnected');
    c.connect();
    assert.equal((await gone).code, 3500);
  },
  async is_in_channels_of_its_token() {
    const [first, second] = [name(), name()];
    const c = client({ token: token({ sub: 'ada', channels: [first], subs: { [second]: {} } }) });
    const heard = [];
    const both = soon(new Promise((yes) => c.on('publication', (ctx) => { heard.push([ctx.channel, ctx.data.n]); if (heard.length === 2) yes(); })), 'both');
    c.connect();
    await c.ready(PATIENCE);
    await publish(first, { n: 1 });
    await publish(second, { n: 2 });
    await both;
    assert.deepEqual(heard.sort(), [[first, 1], [second, 2]].sort());
    const missed = soon(new Promise((yes) => c.on('publication', (ctx) => ctx.data.n === 3 && yes())), 'missed');
    const back = soon(new Promise((yes) => c.on('subscribed', (ctx) => ctx.channel === first && yes(ctx))), 'back');
    c.disconnect();
    await publish(first, { n: 3 });
    c.connect();
    assert.equal((await back).recovered, true);
    await missed;
    c.disconnect();
  },
  async gets_a_new_token_for_an_old_one() {
    let asked = 0;
    const c = await connected({ token: token({ sub: 'ada', exp: inSeconds(-5) }), getToken: async () => { asked += 1; return token({ sub: 'ada' }); } });
    assert.equal(asked, 1);
    c.disconnect();
  },
  async renews_its_token() {
    let asked = 0;
    let renewed;
    const again = soon(new Promise((yes) => { renewed = yes; }), 'renewal');
    const c = await connected({ getToken: async () => { asked += 1; if (asked === 2) renewed(); return token({ sub: 'ada', exp: inSeconds(asked === 1 ? 2 : 60) }); } });
    await again;
    await c.publish(name(), {});
    assert.equal(c.state, 'connected');
    c.disconnect();
  },
  async comes_back_after_it_renewed_with_a_stale_token() {
    let asked = 0;
    const tokens = [inSeconds(3), inSeconds(-5), inSeconds(60)];
    const c = client({ getToken: async () => token({ sub: 'ada', exp: tokens[Math.min(asked++, 2)] }) });
    const codes = [];
    c.on('connecting', (ctx) => codes.push(ctx.code));
    c.on('disconnected', (ctx) => codes.push(`gone ${ctx.code}`));
    c.connect();
    await c.ready(PATIENCE);
    const lapsed = soon(new Promise((yes) => c.on('connecting', (ctx) => yes(ctx))), 'lapse');
    assert.equal((await lapsed).code, 3005);
    await c.ready(PATIENCE);
    await c.publish(name(), {});
    assert.ok(asked >= 3 && !codes.some((code) => String(code).startsWith('gone')), `${asked} ${codes}`);
    c.disconnect();
  },
  async follows_anew_after_it_renewed_a_subscription_with_a_stale_token() {
    const c = await connected({ token: token({ sub: 'ada' }) });
    const channel = name();
    const ends = [3, -5, 60];
    let asked = 0;
    const sub = await subscribed(c, channel, {
      getToken: async () => token({ sub: 'ada', channel, exp: inSeconds(ends[Math.min(asked++, 2)]) }),
      minResubscribeDelay: 10, maxResubscribeDelay: 20,
    });
    const lapsed = once(sub, 'subscribing');
    const left = [];
    sub.on('unsubscribed', (ctx) => left.push(ctx.code));
    assert.equal((await lapsed).code, 2501);
    await sub.ready(PATIENCE);
    assert.deepEqual(left, []);
    c.disconnect();
  },
  async is_told_that_a_message_is_too_large() {
    if (transport !== 'websocket') return;
    const c = await connected();
    const gone = once(c, 'disconnected');
    c.publish(name(), 'x'.repeat(70_000)).catch(() => {});
    assert.deepEqual(await gone, { code: 3, reason: 'message size limit exceeded' });
  },
  async is_told_that_only_json_is_spoken() {
    if (transport !== 'websocket') return;
    const { Centrifuge: Binary } = await import(pathToFileURL(where.replace(/index\.js$/, 'protobuf/index.js')));
    const c = new Binary([{ transport, endpoint }], { websocket: WebSocket });
    const gone = once(c, 'disconnected');
    c.connect();
    assert.equal((await gone).code, 3506);
  },
  async is_turned_away_with_a_bad_token() {
    const c = client({ token: 'bad' });
    const gone = once(c, 'disconnected');
    c.connect();
    assert.equal((await gone).code, 3500);
  },
  async follows_by_tokens() {
    const c = await connected({ token: token({ sub: 'ada' }) });
    const subs = Array.from({ length: 5 }, () => c.newSubscription(name(), { getToken: async ({ channel }) => token({ sub: 'ada', channel }) }));
    subs.forEach((sub) => sub.subscribe());
    await Promise.all(subs.map((sub) => sub.ready(PATIENCE)));
    c.disconnect();
  },
  async gets_a_new_token_for_an_old_subscription() {
    const c = await connected({ token: token({ sub: 'ada' }) });
    let asked = 0;
    const sub = await subscribed(c, name(), { getToken: async ({ channel }) => { asked += 1; return token({ sub: 'ada', channel, exp: inSeconds(asked === 1 ? -5 : 2) }); }, minResubscribeDelay: 10, maxResubscribeDelay: 20 });
    const until = Date.now() + PATIENCE;
    while (asked < 3 && Date.now() < until) await c.publish(sub.channel, {});
    assert.equal(asked >= 3 && sub.state, 'subscribed');
    c.disconnect();
  },
  async is_refused_a_channel_with_a_token_of_another() {
    const c = await connected({ token: token({ sub: 'ada' }) });
    for (const wrong of ['bad', token({ sub: 'bob', channel: 'x' }), token({ sub: 'ada', channel: 'y' })]) {
      const sub = c.newSubscription('x', { token: wrong });
      const left = once(sub, 'unsubscribed');
      sub.subscribe();
      assert.equal((await left).code, 103);
      c.removeSubscription(sub);
    }
    assert.equal(c.state, 'connected');
    c.disconnect();
  },
  async is_told_of_an_unknown_channel() {
    const c = await connected();
    const sub = c.newSubscription('nowhere:1');
    const left = once(sub, 'unsubscribed');
    sub.subscribe();
    assert.equal((await left).code, 102);
    c.disconnect();
  },
  async is_told_that_maps_are_not_offered() {
    const c = await connected();
    const sub = c.newMapSubscription(name());
    const left = once(sub, 'unsubscribed');
    sub.on('error', () => {});
    sub.subscribe();
    assert.equal((await left).code, 108);
    c.disconnect();
  },
  async sends_many_commands_at_once() {
    const c = await connected();
    const sub = await subscribed(c, name());
    const heard = collect(sub, 20);
    c.startBatching();
    const said = Array.from({ length: 20 }, (_, n) => sub.publish({ n }));
    c.stopBatching();
    await Promise.all(said);
    const numbers = (await heard).map((one) => one.data.n);
    if (transport === 'websocket') assert.deepEqual(numbers, Array.from({ length: 20 }, (_, n) => n));
    await c.send({ no: 'answer' });
    c.disconnect();
  },
  async is_put_out_by_the_server() {
    const c = await connected({ token: token({ sub: name() + 'u' }) });
    const other = await connected({ token: token({ sub: 'put-out' + process.pid }) });
    const sub = await subscribed(other, name());
    const left = once(sub, 'unsubscribed');
    await api('unsubscribe', { user: 'put-out' + process.pid, channel: sub.channel });
    assert.equal((await left).code, 2000);
    const gone = once(other, 'disconnected');
    await api('disconnect', { user: 'put-out' + process.pid });
    assert.equal((await gone).code, 3503);
    assert.equal(c.state, 'connected');
    c.disconnect();
  },
};

for (const [title, run] of Object.entries(scenarios)) {
  let error = '';
  try { await soon(run(), title); } catch (problem) { error = String(problem?.stack ?? JSON.stringify(problem)); }
  console.log(JSON.stringify({ title, error }));
}
process.exit(0);
