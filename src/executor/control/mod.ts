/** What a framework may ask of a running executor by MESSAGE. */
export { answerMessage } from "./control.ts";
export { createTaskControl } from "./task_control.ts";
