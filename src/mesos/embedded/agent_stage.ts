/** How far a serving agent has come since it was started (contract A.4 rows 0, 2 and 10). */
export type ServingStage = "starting" | "recovering" | "reconnecting" | "running";

/** The same for one that may also not be there. */
export type AgentStage = "down" | ServingStage;
