/** The executor: runs the tasks that a Mesos agent gives to this process as Docker containers. */
export { type ExecutorOptions, runExecutor } from "./start.ts";
export { formatDocument, type TaskDocument } from "./translation/document.ts";
