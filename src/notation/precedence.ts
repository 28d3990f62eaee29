/** Settings of which somebody says some. */
export type Partly<T> = { readonly [K in keyof T]?: T[K] | undefined };

/** Of each setting, what the first says who says something of it; what is usual where nobody does. */
export function settle<T extends object>(usual: T, ...said: readonly Partly<T>[]): T {
  const isSaid = ([, value]: [string, unknown]) => value !== undefined;
  const spoken = said.map((one) => Object.fromEntries(Object.entries(one).filter(isSaid)));
  return Object.assign({}, usual, ...spoken.reverse());
}
