/** What parameters are read against. */
export interface ParameterContext {
  /**
   * Text of a file that lies in the sandbox: variables, labels, a seccomp profile. Throws TaskError "invalid" for any other
   * path, because the executor may read what the task may not.
   */
  readSandboxFile: (path: string) => string;
  /** Keys that the operator wants ignored, whether they are honoured, refused or unknown; each gives a warning. */
  ignored: ReadonlySet<string>;
}
