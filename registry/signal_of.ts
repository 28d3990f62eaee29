/** The signal alone of options that may hold more; nothing where they have none. */
export function signalOf({ signal }: { readonly signal?: AbortSignal | undefined }): { signal?: AbortSignal } {
  return signal ? { signal } : {};
}
