// SPDX-License-Identifier: Apache-2.0
// A bot as its framework's guide has it: records each command in a file, acknowledges, and says how it stands when asked for that.
import { constants } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import bolt from '@slack/bolt';

const version = JSON.parse(await readFile(new URL('node_modules/@slack/bolt/package.json', import.meta.url))).version;
console.log(`Bolt for JavaScript ${version}, Node.js ${process.version.slice(1)}`);
const journal = await open(process.env.PEER_JOURNAL, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND);
const app = new bolt.App({
  token: process.env.PEER_BOT_TOKEN, appToken: process.env.PEER_APP_TOKEN, socketMode: true,
  clientOptions: { slackApiUrl: `${process.env.PEER_TLS}/api/` }, logLevel: bolt.LogLevel.ERROR,
});
app.command('/reguard', async ({ command, ack, client }) => {
  await journal.write(`${command.trigger_id}\n`);
  await journal.datasync();
  await ack();
  if (command.text === 'job') await client.chat.postMessage({ channel: command.channel_id, text: command.trigger_id });
});
await app.start();
