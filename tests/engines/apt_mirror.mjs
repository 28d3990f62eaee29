// Where this machine's Debian comes from: other suites lie on the same mirror.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ETC_APT = "/etc/apt";

/** The mirror of this machine: `{ uri, signedBy }`, the latter undefined when apt's own keyring is used. */
export function readMirror() {
  const codename = /^VERSION_CODENAME=(\S+)$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? "";
  const folder = join(ETC_APT, "sources.list.d");
  const inFolder = existsSync(folder) ? readdirSync(folder).sort() : [];
  const files = [join(ETC_APT, "sources.list"), ...inFolder.map((name) => join(folder, name))];
  const texts = files.filter((file) => existsSync(file)).map((file) => ({ file, text: readFileSync(file, "utf8") }));
  const mirror = findMirror(texts, codename);
  if (mirror !== undefined) return mirror;
  throw new Error(`Cannot find the mirror of "${codename}": no source in ${ETC_APT} has its suite with main`);
}

/** The first source of packages of the suite `codename` with the component main; undefined without one. */
export function findMirror(files, codename) {
  const sources = files.flatMap(({ file, text }) => (file.endsWith(".sources") ? readStanzas(text) : readLines(text)));
  const fits = ({ types, suites, components }) =>
    types.includes("deb") && suites.includes(codename) && components.includes("main");
  const found = sources.find(fits);
  return found && { uri: found.uris[0].replace(/\/+$/, ""), signedBy: found.signedBy };
}

/** Sources of the newer form: stanzas of `Name: values`, with comments between. */
function readStanzas(text) {
  const stanzas = text.replace(/^#.*\n?/gm, "").split(/\n\s*\n/);
  return stanzas.map((stanza) => {
    const lines = stanza.replace(/\n[ \t]+/g, " ").matchAll(/^([\w-]+):[ \t]*(.*)$/gm);
    const fields = new Map(Array.from(lines, ([, name, value]) => [name.toLowerCase(), words(value)]));
    const of = (name) => fields.get(name) ?? [];
    const isOff = of("enabled")[0] === "no";
    return {
      types: isOff ? [] : of("types"),
      uris: of("uris"),
      suites: of("suites"),
      components: of("components"),
      signedBy: of("signed-by")[0],
    };
  });
}

/** Sources of the older form: `deb [options] URI suite component…`. */
function readLines(text) {
  const lines = text.matchAll(/^\s*(deb\S*)[ \t]+(?:\[([^\]]*)\][ \t]+)?(\S+)[ \t]+(\S+)([^#\n]*)/gm);
  return Array.from(lines, ([, type, options = "", uri, suite, components]) => ({
    types: [type],
    uris: [uri],
    suites: [suite],
    components: words(components),
    signedBy: /(?:^|\s)signed-by=(\S+)/i.exec(options)?.[1],
  }));
}

function words(text) {
  return text.split(/\s+/).filter((word) => word !== "");
}
