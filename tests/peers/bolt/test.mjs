// SPDX-License-Identifier: Apache-2.0
// Slack's framework for JavaScript believes reguard-sandbox: every event arrives with the fields an app relies on,
// every answer of the app is seen by the channel.
import assert from 'node:assert/strict';
import bolt from '@slack/bolt';

const CHANNEL = 'C0ROOTOPS';
const plain = process.env.PEER_PLAIN;
const api = `${plain}/api/`;
const EVENT_TIMEOUT_MS = 5000;
// After a disconnect this client pauses five seconds before it opens the next socket.
const RECONNECT_TIMEOUT_MS = 20000;

const sleep = (ms) => new Promise((wake) => setTimeout(wake, ms));

/* ---- the people's side ---- */

async function control(path, body) {
  const answer = await fetch(`${plain}/sandbox/${path}`, body === undefined ? {} : {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body),
  });
  const text = await answer.text();
  assert.equal(answer.status, 200, `/sandbox/${path} answered ${answer.status}: ${text}`);
  return JSON.parse(text);
}

const messageAt = async (ts) => {
  const found = (await control('channel?format=json')).find((message) => message.ts === ts);
  assert.ok(found, `no message ${ts} in the channel`);
  return found;
};

async function eventually(what, probe, timeoutMs = EVENT_TIMEOUT_MS) {
  const end = Date.now() + timeoutMs;
  while (Date.now() < end) {
    if (await probe()) return;
    await sleep(50);
  }
  assert.fail(`${what}: not within ${timeoutMs} ms`);
}

/* ---- what the app has received, by kind, in order ---- */

const received = [];

async function take(kind) {
  let index = -1;
  await eventually(`the app receives ${kind}`, () => {
    index = received.findIndex((one) => one.kind === kind);
    return index >= 0;
  });
  return received.splice(index, 1)[0].payload;
}

function appUnderTest() {
  const app = new bolt.App({
    token: process.env.PEER_BOT_TOKEN, appToken: process.env.PEER_APP_TOKEN, socketMode: true,
    clientOptions: { slackApiUrl: api }, logLevel: bolt.LogLevel.ERROR,
  });
  const keep = (kind, payload) => received.push({ kind, payload });
  app.command('/reguard', async ({ command, ack, client }) => {
    await ack({ response_type: 'ephemeral', text: `heard ${command.text}` });
    if (command.text.startsWith('form')) await client.views.open({ trigger_id: command.trigger_id, view: forms[command.text] });
    keep('command', command);
  });
  app.event('app_mention', async ({ event, body }) => keep('mention', { event, body }));
  app.event('app_home_opened', async ({ event }) => keep('home', event));
  app.event('reaction_added', async ({ event }) => keep('reaction', event));
  app.action('approve', async ({ ack, body, action, respond }) => {
    await ack();
    // A click in the app's home has nothing to answer to.
    if (respond) await respond({ response_type: 'ephemeral', replace_original: false, text: 'click counted' });
    keep('click', { body, action });
  });
  app.options('account', async ({ ack, options, body }) => {
    await ack({ options: [1, 2].map((n) => ({ value: `id-${n}`, text: { type: 'plain_text', text: `${options.value} ${n}` } })) });
    keep('options', body);
  });
  app.view('account_form', async ({ ack, view }) => {
    await ack();
    keep('submission', { view });
  });
  app.view('lift_form', async ({ ack, body, view }) => {
    const minutes = view.state.values.for_block.minutes.value;
    if (minutes === 'soon') await ack({ response_action: 'errors', errors: { for_block: 'a number of minutes, please' } });
    else await ack();
    keep('submission', { body, view });
  });
  return app;
}

const form = {
  type: 'modal', callback_id: 'lift_form', private_metadata: 'G-0001',
  title: { type: 'plain_text', text: 'Lift' }, submit: { type: 'plain_text', text: 'Ask' },
  blocks: [{
    type: 'input', block_id: 'for_block', label: { type: 'plain_text', text: 'For how long' },
    element: { type: 'plain_text_input', action_id: 'minutes' },
  }],
};

const forms = {
  form,
  'form with options': { ...form, callback_id: 'account_form', blocks: [{
    type: 'input', block_id: 'account_block', label: { type: 'plain_text', text: 'Account' },
    element: { type: 'external_select', action_id: 'account', min_query_length: 2 },
  }] },
};

const card = (text) => ({
  channel: CHANNEL, text,
  blocks: [
    { type: 'section', text: { type: 'mrkdwn', text } },
    { type: 'actions', block_id: 'answers', elements: [{
      type: 'button', action_id: 'approve', value: 'handle-1', style: 'primary', text: { type: 'plain_text', text: 'Approve' },
      confirm: {
        title: { type: 'plain_text', text: 'Sure?' }, text: { type: 'plain_text', text: 'Lowers protection' },
        confirm: { type: 'plain_text', text: 'Approve' }, deny: { type: 'plain_text', text: 'Back' },
      },
    }] },
  ],
  metadata: { event_type: 'reguard', event_payload: { case: 'G-0001', state: 'waiting', key: 'bolt-1' } },
});

/* ---- the tests, in the order in which an app meets these things ---- */

let failed = 0;

async function test(name, body) {
  try {
    await body();
    console.log(`ok - bolt: ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`not ok - bolt: ${name}: ${String(error.message).replace(/\s+/g, ' ').slice(0, 600)}`);
  }
}

async function command(text) {
  assert.equal((await control('command', { person: 'ana', text })).acked, true, 'the command was not acknowledged');
  return take('command');
}

async function afterDisconnect(socket, reason) {
  let hellos = 0;
  const count = () => { hellos += 1; };
  socket.on('connected', count);
  await control('slack', { disconnect: reason });
  await eventually('a new hello', () => hellos > 0, RECONNECT_TIMEOUT_MS);
  socket.off('connected', count);
  assert.equal((await command(`status after ${reason}`)).text, `status after ${reason}`);
}

const app = appUnderTest();
const socket = app.receiver.client;
let posted;

await test('hello', async () => {
  await app.start();
  assert.equal((await control('state')).slack.connections, 1);
});

await test('who am I', async () => {
  const me = await app.client.auth.test();
  assert.deepEqual([me.team_id, me.user_id, me.bot_id], ['T0SANDBOX', 'U0REGUARD', 'B0REGUARD']);
});

await test('slash command', async () => {
  const got = await command('status please');
  assert.deepEqual(
    [got.command, got.text, got.user_id, got.channel_id, got.team_id, got.api_app_id],
    ['/reguard', 'status please', 'U0ANA0001', CHANNEL, 'T0SANDBOX', 'A0REGUARD'],
  );
  assert.ok(got.trigger_id, 'no trigger_id');
  assert.ok(got.response_url.startsWith(`${plain}/hooks/`) || got.response_url.startsWith('https://localhost:'), got.response_url);
});

await test('answer inside the acknowledgement', async () => {
  const shown = JSON.stringify(await control('private?person=ana'));
  assert.ok(shown.includes('heard status please'), shown);
});

await test('mention', async () => {
  const { ts } = await control('say', { person: 'ben', text: '@reguard status' });
  const { event, body } = await take('mention');
  assert.deepEqual(
    [event.type, event.user, event.channel, event.ts, event.text],
    ['app_mention', 'U0BEN0001', CHANNEL, ts, '<@U0REGUARD> status'],
  );
  assert.deepEqual([body.team_id, body.api_app_id], ['T0SANDBOX', 'A0REGUARD']);
  assert.match(body.event_id, /^Ev/);
});

await test('post with blocks and metadata', async () => {
  const wanted = card('*Waiting* for 111111111111');
  const answer = await app.client.chat.postMessage(wanted);
  posted = answer.ts;
  const seen = await messageAt(posted);
  assert.deepEqual([seen.text, seen.user, seen.case, seen.state, seen.key], [wanted.text, 'U0REGUARD', 'G-0001', 'waiting', 'bolt-1']);
  assert.deepEqual(seen.blocks.map((block) => block.type), ['section', 'actions']);
  assert.equal(seen.blocks[1].elements[0].value, 'handle-1');
});

await test('click', async () => {
  assert.equal((await control('click', { person: 'ben', action: 'approve', case: 'G-0001' })).acked, true);
  const { body, action } = await take('click');
  assert.deepEqual([body.type, body.user.id, body.team.id, body.channel.id], ['block_actions', 'U0BEN0001', 'T0SANDBOX', CHANNEL]);
  assert.deepEqual([body.container.type, body.container.message_ts, body.message.ts], ['message', posted, posted]);
  assert.deepEqual([action.action_id, action.block_id, action.type, action.value], ['approve', 'answers', 'button', 'handle-1']);
});

await test('answer by response_url', async () => {
  const shown = JSON.stringify(await control('private?person=ben'));
  assert.ok(shown.includes('click counted'), shown);
});

await test('update', async () => {
  await app.client.chat.update({ ...card('*Lifted* until noon'), ts: posted, metadata: {
    event_type: 'reguard', event_payload: { case: 'G-0001', state: 'lifted', key: 'bolt-1' } } });
  const seen = await messageAt(posted);
  assert.deepEqual([seen.text, seen.state], ['*Lifted* until noon', 'lifted']);
});

await test('react', async () => {
  await app.client.reactions.add({ channel: CHANNEL, timestamp: posted, name: 'eyes' });
  assert.ok(JSON.stringify((await messageAt(posted)).reactions).includes('eyes'));
  await assert.rejects(app.client.reactions.add({ channel: CHANNEL, timestamp: posted, name: 'eyes' }),
    (error) => error.data.error === 'already_reacted');
});

await test('a person reacts', async () => {
  await control('react', { person: 'ben', reaction: 'white_check_mark', ts: posted });
  const event = await take('reaction');
  assert.deepEqual([event.user, event.reaction, event.item.channel, event.item.ts, event.item_user],
    ['U0BEN0001', 'white_check_mark', CHANNEL, posted, 'U0REGUARD']);
});

await test('thread, history and metadata', async () => {
  const reply = await app.client.chat.postMessage({ channel: CHANNEL, thread_ts: posted, text: 'proved' });
  const thread = await app.client.conversations.replies({ channel: CHANNEL, ts: posted });
  assert.deepEqual(thread.messages.map((message) => message.ts), [posted, reply.ts]);
  const history = await app.client.conversations.history({ channel: CHANNEL, include_all_metadata: true });
  const found = history.messages.find((message) => message.ts === posted);
  assert.equal(found.metadata.event_payload.key, 'bolt-1');
});

await test('view submission', async () => {
  await command('form');
  assert.equal((await control('private?person=ana')).modal.callback_id, 'lift_form');
  assert.equal((await control('submit', { person: 'ana', values: { minutes: '45' } })).acked, true);
  const { body, view } = await take('submission');
  assert.deepEqual([body.type, body.user.id, view.callback_id, view.private_metadata],
    ['view_submission', 'U0ANA0001', 'lift_form', 'G-0001']);
  assert.deepEqual(view.state.values, { for_block: { minutes: { type: 'plain_text_input', value: '45' } } });
  assert.equal((await control('private?person=ana')).modal, null);
});

await test('view submission sent back with errors', async () => {
  await command('form');
  await control('submit', { person: 'ana', values: { minutes: 'soon' } });
  await take('submission');
  assert.notEqual((await control('private?person=ana')).modal, null);
  await control('submit', { person: 'ana', values: { minutes: '30' } });
  assert.equal((await take('submission')).view.state.values.for_block.minutes.value, '30');
});

await test("the app's home", async () => {
  await control('open_home', { person: 'ana' });
  const opened = await take('home');
  assert.deepEqual([opened.user, opened.tab, opened.channel[0]], ['U0ANA0001', 'home', 'D']);
  const home = { type: 'home', private_metadata: 'as-of-1', blocks: card('*Root protection is on*').blocks };
  const { view } = await app.client.views.publish({ user_id: 'U0ANA0001', view: home });
  assert.deepEqual([view.type, view.private_metadata, view.app_id], ['home', 'as-of-1', 'A0REGUARD']);
  assert.deepEqual((await control('private?person=ana')).home.blocks.map((block) => block.type), ['section', 'actions']);
  await app.client.views.publish({ user_id: 'U0ANA0001', view: home, hash: view.hash });
  await assert.rejects(app.client.views.publish({ user_id: 'U0ANA0001', view: home, hash: view.hash }),
    (error) => error.data.error === 'hash_conflict');
  assert.equal((await control('click', { person: 'ana', action: 'approve', in: 'home' })).acked, true);
  const { body, action } = await take('click');
  assert.deepEqual([body.container.type, body.container.view_id, body.view.type, action.value], ['view', view.id, 'home', 'handle-1']);
});

await test('a field that asks for its options', async () => {
  await command('form with options');
  const { options } = await control('type', { person: 'ana', field: 'account', text: 'bak' });
  assert.deepEqual(options.map((one) => [one.value, one.text.text]), [['id-1', 'bak 1'], ['id-2', 'bak 2']]);
  const asked = await take('options');
  assert.deepEqual([asked.type, asked.action_id, asked.block_id, asked.value, asked.view.callback_id],
    ['block_suggestion', 'account', 'account_block', 'bak', 'account_form']);
  await control('submit', { person: 'ana', values: { account: 'id-2' } });
  assert.equal((await take('submission')).view.state.values.account_block.account.selected_option.value, 'id-2');
});

await test('a file, to a person and in a thread', async () => {
  await control('slack', { upload_base: plain });
  const text = 'Receipt of G-0001\nwith “signs” & two lines\n';
  const room = (await app.client.conversations.open({ users: 'U0ANA0001' })).channel.id;
  await app.client.filesUploadV2({ channel_id: room, content: text, filename: 'receipt.txt', title: 'The receipt' });
  const found = (await control('private?person=ana')).dm.at(-1).files[0];
  assert.deepEqual([found.name, found.title, found.content, found.size], ['receipt.txt', 'The receipt', text, Buffer.byteLength(text)]);
  await app.client.filesUploadV2({ channel_id: CHANNEL, thread_ts: posted, file: Buffer.from(text), filename: 'x.txt', initial_comment: 'with words' });
  const seen = (await control('channel?format=json')).at(-1);
  assert.deepEqual([seen.text, seen.thread_ts, seen.user], ['with words', posted, 'U0REGUARD']);
  const { messages } = await app.client.conversations.replies({ channel: CHANNEL, ts: posted });
  assert.equal(messages.at(-1).files[0].content, text);
  await assert.rejects(app.client.filesUploadV2({ channel_id: 'C0NOWHERE', content: 'x', filename: 'x.txt' }),
    (error) => error.data.error === 'channel_not_found');
});

await test('next event after disconnect: warning', () => afterDisconnect(socket, 'warning'));
await test('next event after disconnect: refresh_requested', () => afterDisconnect(socket, 'refresh_requested'));

await test('event in three fragments', async () => {
  await control('slack', { fragments: 3 });
  assert.equal((await command('status in pieces')).text, 'status in pieces');
  await control('slack', { fragments: 1 });
});

await test('wrong token, unknown channel', async () => {
  await assert.rejects(app.client.auth.test({ token: 'xoxb-wrong' }), (error) => error.data.error === 'invalid_auth');
  await assert.rejects(app.client.chat.postMessage({ channel: 'C0NOWHERE', text: 'x' }),
    (error) => error.data.error === 'channel_not_found');
});

await test('messages for later', async () => {
  const { chat } = app.client, postAt = Math.floor(Date.now() / 1000) + 3600;
  const left = await chat.scheduleMessage({ channel: CHANNEL, post_at: postAt, text: 'I am silent' });
  const rows = (await chat.scheduledMessages.list({ channel: CHANNEL })).scheduled_messages;
  assert.deepEqual(rows.map((row) => [row.id, row.post_at, row.text]), [[left.scheduled_message_id, postAt, 'I am silent']]);
  const gone = { channel: CHANNEL, scheduled_message_id: left.scheduled_message_id };
  await chat.deleteScheduledMessage(gone);
  await assert.rejects(chat.deleteScheduledMessage(gone), (error) => error.data.error === 'invalid_scheduled_message_id');
  await assert.rejects(chat.scheduleMessage({ channel: CHANNEL, post_at: 1700000000, text: 'x' }), (error) => error.data.error === 'time_in_past');
});

await test('leaves', async () => {
  await app.stop();
  await eventually('no socket is left', async () => (await control('state')).slack.connections === 0);
});
process.exit(failed ? 1 : 0);
