/**
 * What a task's spec says of a namespace that it has in common with its group, until the container that holds it has an id:
 * a mode of the Engine, and no name that a network can have.
 */
export const groupNamespace = "container:";
