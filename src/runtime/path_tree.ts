/** Whether a path is the folder or lies in it; both absolute, without links, `..` and a slash at their end. */
export function isWithin(path: string, folder: string): boolean {
  return folder === "/" || path === folder || path.startsWith(`${folder}/`);
}
