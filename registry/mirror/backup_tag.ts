import { isTag } from "../values/name.ts";

/** Stands for the tag in a template. */
const placeholder = "{tag}";

/** Whether a text such as `deleted-{tag}` makes tags of tags. */
export function isBackupTemplate(template: string): boolean {
  return template.split(placeholder).length === 2 && template !== placeholder && isTag(formatBackupTag(template, "v1"));
}

/** The tag that keeps what `tag` was. */
export function formatBackupTag(template: string, tag: string): string {
  return template.replace(placeholder, () => tag);
}

/** Whether a tag may have been made by a template. */
export function isBackupTag(template: string, tag: string): boolean {
  const [before = "", after = ""] = template.split(placeholder);
  return tag.length > before.length + after.length && tag.startsWith(before) && tag.endsWith(after);
}
