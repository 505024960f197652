// SPDX-License-Identifier: Apache-2.0
// What Element shows of the bot's messages. Every message and answer of every transcript, as Matrix gets it, goes through
// the sanitiser that Element Web uses, with the tags, attributes and schemes that it lets through (element-web, the
// parameters of its HTML sanitiser; the tags are those of the specification, "m.room.message msgtypes"): nothing is
// lost, what was plain text is none other, and it stands in the order of the plain body.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseDocument } from 'htmlparser2';
import sanitizeHtml from 'sanitize-html';

const BLOCKS = 'p div ul ol li table tr blockquote pre h1 h2 h3 h4 h5 h6 hr br details summary'.split(' ');
const RULES = {
  allowedTags: [...BLOCKS, ...'font del s a sup sub nl b i u strong em strike code thead caption tbody th td span img'.split(' ')],
  allowedAttributes: {
    font: ['color', 'data-mx-bg-color', 'data-mx-color', 'style'],
    span: ['data-mx-maths', 'data-mx-bg-color', 'data-mx-color', 'data-mx-spoiler', 'style'],
    div: ['data-mx-maths'],
    a: ['href', 'name', 'target', 'rel'],
    img: ['src', 'alt', 'title', 'style'],
    ol: ['start'],
    code: ['class'],
  },
  selfClosing: ['img', 'br', 'hr'],
  allowedSchemes: ['http', 'https', 'ftp', 'mailto', 'magnet', 'matrix'],
  allowProtocolRelative: false,
  nestingLimit: 50,
};

const OURS = 'dev.reguard';

// ---- what is there to be read ----

// Words one behind another, as a reader meets them; the places where a block begins or ends part words. Where a link leads is seen, too.
function text(nodes) {
  return nodes.map((node) => {
    if (node.type !== 'tag') return node.type === 'text' ? node.data : '';
    const inside = text(node.children), leads = node.name === 'a' && !/^https:\/\/matrix\.to\//.test(node.attribs.href ?? '');
    return BLOCKS.includes(node.name) ? ` ${inside} ` : leads ? `${inside} (${node.attribs.href})` : inside;
  }).join('');
}

function each(nodes, see) {
  for (const node of nodes) {
    if (node.type !== 'tag') continue;
    see(node);
    each(node.children, see);
  }
}

const words = (s) => s.split(/\s+/).map((word) => word.replace(/[:.]+$/, '')).filter(Boolean);

// The plain body says with signs what the other says by its form: `code`, "Label: ", the end of a headline. A card's begins with a sentence of
// its own for a locked screen, and where that is none of its headlines, that one stands behind its number.
function bare(c) {
  const ours = c[OURS] ?? {}, number = `\n${ours.case}: `, headline = c.body.indexOf(number);
  const from = ours.key !== 'card' ? 0 : headline < 0 ? c.body.indexOf('\n') : headline + number.length;
  return words(c.body.slice(from).replaceAll('`', ''));
}

function marks(nodes) {
  const found = [];
  each(nodes, (node) => found.push(`${node.name}${node.attribs.href ? ` ${node.attribs.href}` : ''}`));
  return found;
}

// ---- what came of it ----

const contents = [];
function play() {
  const root = dirname(process.env.PEER_BUILD), file = join(process.cwd(), 'matrix.jsonl');
  rmSync(file, { force: true });
  execFileSync(join(process.env.PEER_BUILD, 'test/test_transcripts'), [], {
    cwd: root, stdio: 'ignore', env: { ...process.env, TRANSCRIPT_QUICK: '1', TRANSCRIPT_MATRIX: file },
  });
  const seen = new Set(readFileSync(file, 'utf8').split('\n').filter(Boolean));
  for (const line of seen) contents.push(JSON.parse(line));
}

function wrong(look) {
  const found = contents.map((c) => [look(c), c]).filter(([why]) => why);
  return found.slice(0, 3).map(([why, c]) => `${why}\n  plain: ${c.body}\n  html:  ${c.formatted_body}`).join('\n');
}

const TESTS = {
  'there are messages of all kinds': () => {
    play();
    const kinds = new Set(contents.map((c) => c.msgtype));
    assert.ok(contents.length > 1000, `only ${contents.length}`);
    assert.deepEqual([...kinds].sort(), ['m.notice', 'm.text']);
    assert.ok(contents.every((c) => c.body && c.formatted_body), 'each in both forms');
  },
  'the sanitiser takes away what it should': () => {
    assert.equal(sanitizeHtml('<p onclick="x">a<script>b</script><a href="javascript:c">d</a><mx>e</mx></p>', RULES), '<p>a<a>d</a>e</p>');
  },
  'no tag, no link and no word of any is taken away': () => {
    assert.equal(wrong((c) => {
      const before = parseDocument(c.formatted_body).children, after = parseDocument(sanitizeHtml(c.formatted_body, RULES)).children;
      if (text(before) !== text(after)) return 'words';
      return marks(before).join('\n') === marks(after).join('\n') ? '' : `${marks(before)} -> ${marks(after)}`;
    }), '');
  },
  'what is read is what the plain body says, in its order': () => {
    assert.equal(wrong((c) => {
      const shown = words(text(parseDocument(sanitizeHtml(c.formatted_body, RULES)).children)), plain = bare(c);
      let at = 0;
      for (const word of shown) if (word === plain[at]) at++;
      const missing = at < plain.length;
      return missing ? `“${plain.slice(at, at + 6).join(' ')}” is not there, or stands elsewhere` : '';
    }), '');
  },
};

let failed = 0;
for (const [name, body] of Object.entries(TESTS)) {
  try {
    body();
    console.log(`ok - element: ${name}`);
  } catch (error) {
    failed++;
    console.log(`not ok - element: ${name}: ${error.message.replaceAll('\n', ' | ').slice(0, 1500)}`);
  }
}
process.exitCode = failed ? 1 : 0;
