/** Every container that this program launches has this label, with its task's id. */
export const taskLabel = "mesos-docker.task";
