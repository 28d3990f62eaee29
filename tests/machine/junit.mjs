// Reads the JUnit reports of bun test and deno test.
//
// A small strict reader instead of a package: XML parsers are made to get something out of anything, and here a report
// that is cut off, unbalanced or contradicts its own numbers has to be a failure. Only two programs write our reports,
// and they use elements, attributes and text: no namespaces, no CDATA, no DTD.

const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** @typedef {{ file: string, name: string, result: "passed" | "failed" | "skipped", message: string }} TestCase */

/** The test cases of a report, in order; `file` is the outermost suite's name. Throws SyntaxError for a bad report. */
export function readJUnit(text) {
  const cases = [];
  const open = [];
  let root;
  for (const token of tokens(text)) {
    if (token.kind === "open") {
      if (open.length === 0) {
        if (root !== undefined || token.name !== "testsuites") throw unreadable(`<${token.name}> at the top level`);
        root = token;
      }
      if (token.name === "testcase") cases.push(newCase(token, open));
      const mark = { failure: "failed", error: "failed", skipped: "skipped" }[token.name];
      if (mark !== undefined && open.at(-1)?.name === "testcase") {
        Object.assign(cases.at(-1), { result: mark, message: token.attributes.message ?? "" });
      }
      if (!token.closed) open.push(token);
    } else {
      const last = open.pop();
      if (last?.name !== token.name) throw unreadable(`</${token.name}> where </${last?.name ?? "nothing"}> is due`);
    }
  }
  if (root === undefined || open.length > 0)
    throw unreadable(`the end comes inside <${open.at(-1)?.name ?? "nothing"}>`);
  assertAgrees(root, cases);
  return cases;
}

function newCase({ attributes }, open) {
  const file = open.find(({ name }) => name === "testsuite")?.attributes.name;
  if (file === undefined) throw unreadable("a <testcase> without <testsuite>");
  const groups = open.filter(({ name }) => name === "testsuite").slice(1);
  const name = [...groups.map((group) => group.attributes.name), attributes.name].join(" > ");
  return { file: file.replace(/^\.\//, ""), name, result: "passed", message: "" };
}

/** The report says at its top how many tests and failures it holds. */
function assertAgrees({ attributes }, cases) {
  const failed = cases.filter(({ result }) => result === "failed").length;
  const said = {
    tests: Number(attributes.tests),
    failed: Number(attributes.failures) + Number(attributes.errors ?? 0),
  };
  if (said.tests !== cases.length) throw unreadable(`it announces ${said.tests} tests and holds ${cases.length}`);
  if (said.failed !== failed) throw unreadable(`it announces ${said.failed} failures and holds ${failed}`);
}

function* tokens(text) {
  const markup = /<\?xml [^>]*\?>|<(\/?)([A-Za-z][\w-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/y;
  let at = 0;
  while (at < text.length) {
    if (text[at] !== "<") {
      const next = text.indexOf("<", at);
      at = next === -1 ? text.length : next; // Text is a failure's stack: the runner's output shows it, too.
      continue;
    }
    markup.lastIndex = at;
    const found = markup.exec(text);
    if (found === null) throw unreadable(`"${text.slice(at, at + 40)}" is no element`);
    at = markup.lastIndex;
    const [, slash, name, attributes, closed] = found;
    if (name === undefined) continue;
    if (slash === "/") yield { kind: "close", name };
    else yield { kind: "open", name, attributes: readAttributes(attributes), closed: closed === "/" };
  }
}

function readAttributes(text) {
  const pairs = text.matchAll(/([\w:-]+)="([^"]*)"/g);
  return Object.fromEntries(Array.from(pairs, ([, name, value]) => [name, decode(value)]));
}

function decode(text) {
  return text.replace(/&(?:#x([0-9a-fA-F]+)|#([0-9]+)|([a-z]+));/g, (whole, hex, decimal, name) => {
    if (name !== undefined) return ENTITIES[name] ?? whole;
    return String.fromCodePoint(Number.parseInt(hex ?? decimal, hex === undefined ? 10 : 16));
  });
}

function unreadable(what) {
  return new SyntaxError(`Cannot read the JUnit report: ${what}`);
}
